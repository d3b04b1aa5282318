# Debian packages: install what is missing, and nothing when everything is there.
# Sourced by the scripts beside it; needs bash.

apt_updated=

# apt_need FILE PACKAGE... installs the packages unless the program or file FILE exists.
apt_need() {
  local file=$1
  shift
  if command -v "$file" >/dev/null || [ -e "$file" ]; then return 0; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "ci: $file is missing; install ${*} (on Debian, as root: apt-get install $*)" >&2
    return 1
  fi
  echo "ci: installing $*" >&2
  if [ -z "$apt_updated" ]; then
    apt-get update -qq >&2 || return 1
    apt_updated=1
  fi
  # No service is started: tests start private servers of their own.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null || return 1
}

# apt_mirror prints the address of this system's own Debian mirror, as its sources name it.
apt_mirror() {
  local codename
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk -v c="$codename" '$2 == c { print $1; exit }'
}
