# Private database servers on free loopback ports, with durable settings, in a temporary folder, stopped at the end.
# Sourced after apt.sh and mysql9.sh; needs bash. Sets BYLAW_TEST_MARIADB, BYLAW_TEST_MYSQL and BYLAW_TEST_MYSQLD.

servers_dir=
servers_pids=()

# servers_start ENGINE... starts each of mariadb and mysql, installing it first. It fails at the first that cannot be had.
servers_start() {
  servers_dir=${servers_dir:-$(mktemp -d "${TMPDIR:-/tmp}/bylaw-databases.XXXXXX")} || return 1
  chmod 755 "$servers_dir"
  local engine
  for engine in "$@"; do
    case $engine in
      mariadb) apt_need my_print_defaults mariadb-server-core mariadb-client-core && apt_need mariadb-install-db mariadb-server-core && server_start mariadb BYLAW_TEST_MARIADB ;;
      mysql) mysql9_need && export BYLAW_TEST_MYSQLD=$mysql9_dir/mysqld && server_start mysql BYLAW_TEST_MYSQL ;;
      *) echo "ci: no such engine: $engine" >&2; false ;;
    esac || return 1
  done
}

# servers_stop ends what servers_start began. What is lost there is test data, so it kills.
servers_stop() {
  local pid
  for pid in "${servers_pids[@]}"; do kill -9 "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  servers_pids=()
  [ -n "$servers_dir" ] && rm -rf "$servers_dir"
  servers_dir=
}

# server_user is whom a server runs as: they refuse to be root.
server_user() {
  if [ "$(id -u)" != 0 ]; then id -un; elif id mysql >/dev/null 2>&1; then echo mysql; else echo nobody; fi
}

# server_start ENGINE VARIABLE starts one server and exports its address as VARIABLE.
server_start() {
  local engine=$1 dir=$servers_dir/$1 user log=$servers_dir/$1.log port try pid
  user=$(server_user)
  mkdir -p "$dir"
  echo "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1'; GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;" >"$servers_dir/init.sql"
  if [ "$engine" = mariadb ]; then
    mariadb-install-db --no-defaults --datadir="$dir/data" --user="$user" --auth-root-authentication-method=normal \
      --skip-test-db --skip-name-resolve >"$log" 2>&1 </dev/null
  else
    [ "$(id -u)" = 0 ] && chown "$user" "$dir"
    "$BYLAW_TEST_MYSQLD" --initialize-insecure --datadir="$dir/data" --user="$user" >"$log" 2>&1 </dev/null
  fi || { echo "ci: cannot prepare $engine:" >&2; tail -n 20 "$log" >&2; return 1; }
  [ "$(id -u)" = 0 ] && chown "$user" "$dir"
  for try in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    local args=(--datadir="$dir/data" --user="$user" --bind-address=127.0.0.1 --port="$port" --socket="$dir/s" --pid-file="$dir/pid"
      --skip-name-resolve --init-file="$servers_dir/init.sql" --innodb-flush-log-at-trx-commit=1 --max-connections=400
      --innodb-buffer-pool-size=256M --performance-schema=OFF --skip-log-bin --table-open-cache=4000)
    if [ "$engine" = mariadb ]; then
      PATH=$PATH:/usr/sbin mariadbd --no-defaults "${args[@]}" >>"$log" 2>&1 </dev/null &
    else
      "$BYLAW_TEST_MYSQLD" "${args[@]}" --mysqlx=OFF >>"$log" 2>&1 </dev/null &
    fi
    pid=$!
    if server_wait "$pid" "$port"; then
      servers_pids+=("$pid")
      export "$2=mysql://root@127.0.0.1:$port/"
      return 0
    fi
    kill -9 "$pid" 2>/dev/null
  done
  echo "ci: $engine does not start:" >&2
  tail -n 20 "$log" >&2
  return 1
}

# server_wait PID PORT waits up to a minute until the server greets on its port; fails as soon as the process has ended.
server_wait() {
  local i greeting
  for i in $(seq 300); do
    kill -0 "$1" 2>/dev/null || return 1
    # A server that is up sends a greeting first; MySQL's own words are in it, so an unrelated listener is not taken for it.
    greeting=$( { exec 3<>"/dev/tcp/127.0.0.1/$2" && timeout 1 head -c 60 <&3 | tr -d '\0'; } 2>/dev/null)
    case $greeting in *caching_sha2* | *mysql_native* | *MariaDB* | *[0-9].[0-9]*) return 0 ;; esac
    sleep 0.2
  done
  return 1
}
