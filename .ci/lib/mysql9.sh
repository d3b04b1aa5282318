# MySQL 9 beside any Debian, without touching the system: mysql-server-core of the unstable suite and all that it
# needs are downloaded by an apt that has its own lists, state and cache, unpacked into a private folder, and run
# through the dynamic loader that came with them. Sourced after apt.sh; needs bash.

# A server that runs as another user must be able to read its own files, so not under a closed home folder.
if [ "$(id -u)" = 0 ]; then ci_cache=/var/cache/bylaw-ci; else ci_cache=${XDG_CACHE_HOME:-$HOME/.cache}/bylaw-ci; fi
mysql9_dir=$ci_cache/mysql9

# mysql9_need makes $mysql9_dir/mysqld, a program that starts the server; done once, then kept in the cache.
mysql9_need() {
  if [ -x "$mysql9_dir/mysqld" ] && "$mysql9_dir/mysqld" --version >/dev/null 2>&1; then return 0; fi
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    echo "ci: MySQL 9 is fetched with apt-get and dpkg-deb, which this system lacks" >&2
    return 1
  }
  rm -rf "$mysql9_dir"
  mkdir -p "$mysql9_dir"/apt/{etc/preferences.d,state/lists/partial,cache/archives/partial} "$mysql9_dir/root" || return 1
  echo "ci: fetching MySQL 9 into $mysql9_dir" >&2
  mysql9_fetch && mysql9_unpack && mysql9_launcher && "$mysql9_dir/mysqld" --version >&2
}

mysql9_fetch() {
  local apt=$mysql9_dir/apt mirror arch
  arch=$(dpkg --print-architecture)
  mirror=$(apt_mirror)
  [ -n "$mirror" ] || { apt-get update -qq >&2; mirror=$(apt_mirror); }
  [ -n "$mirror" ] || { echo "ci: no Debian mirror found in the system's apt sources" >&2; return 1; }
  : >"$apt/state/status" # an empty system: every library is downloaded, none of the system's is used
  echo "deb $mirror unstable main" >"$apt/etc/sources.list"
  # Signatures are checked as always. Only the date is not: a mirror may be a snapshot.
  cat >"$apt/apt.conf" <<CONF
Dir "$apt";
Dir::Etc "$apt/etc";
Dir::Etc::Parts "/dev/null";
Dir::Etc::Trusted "/etc/apt/trusted.gpg";
Dir::Etc::TrustedParts "/etc/apt/trusted.gpg.d";
Dir::State "$apt/state";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
APT::Architecture "$arch";
APT::Architectures "$arch";
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
CONF
  # The system's own proxy settings still apply.
  apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https)::Proxy ' >>"$apt/apt.conf"
  APT_CONFIG=$apt/apt.conf apt-get update -qq >&2 &&
    APT_CONFIG=$apt/apt.conf apt-get install -y -qq --download-only mysql-server-core </dev/null >/dev/null
}

mysql9_unpack() {
  local deb
  for deb in "$mysql9_dir"/apt/cache/archives/*.deb; do
    case ${deb##*/} in perl* | libperl*) continue ;; esac # only its helper scripts want perl
    dpkg-deb -x "$deb" "$mysql9_dir/root" || return 1
  done
  rm -rf "$mysql9_dir/apt"
}

# mysql9_launcher writes a program that replaces itself with the server, so that its process id is the server's.
mysql9_launcher() {
  local root=$mysql9_dir/root loader libs
  loader=$(find "$root" -name 'ld-linux*.so.*' | head -n 1)
  libs=$(find "$root/usr/lib" "$root/lib" -name '*.so*' -printf '%h\n' 2>/dev/null |
    grep -vE 'plugin|gconv|engines|ossl-modules|sasl2' | sort -u | paste -sd:)
  [ -n "$loader" ] && [ -x "$root/usr/sbin/mysqld" ] || { echo "ci: mysql-server-core is not laid out as expected" >&2; return 1; }
  cat >"$mysql9_dir/mysqld" <<RUN
#!/bin/sh
exec '$loader' --library-path '$libs' '$root/usr/sbin/mysqld' --no-defaults --basedir='$root/usr' \\
  --plugin-dir='$(find "$root/usr/lib" -type d -path '*mysql/plugin' | head -n 1)' --lc-messages-dir='$root/usr/share/mysql' --secure-file-priv=NULL "\$@"
RUN
  chmod 755 "$mysql9_dir/mysqld"
}
