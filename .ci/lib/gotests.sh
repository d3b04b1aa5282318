# Go's tests and fuzz targets. Sourced after results.sh; needs bash.

packages=${BYLAW_CI_PACKAGES:-./...}

# go_tests runs all tests with the race detector, which is a C program's companion, on every engine that was started.
go_tests() {
  apt_need gcc gcc libc6-dev || return 1
  go build -o "$work/report" ./.ci/lib/report || return 1
  # shellcheck disable=SC2086 # a list of packages
  CGO_ENABLED=1 timeout --kill-after=10 "$(seconds_left)" \
    go test -race -json -p 2 -timeout 15m $packages ./.ci/lib/report 2>&1 </dev/null | "$work/report" "$results"
  local codes=("${PIPESTATUS[@]}")
  # go test says 1 when a test failed, which is counted by then; all else is a failure of its own.
  if [ "${codes[0]}" -gt 1 ] || { [ "${codes[0]}" = 1 ] && ! grep -q '^fail ' "$results"; }; then
    echo "fail go test (it ended with ${codes[0]}; 124 is the run's time limit)" >>"$results"
  fi
}

# fuzz_targets lists `package target`. Only packages with a target in their sources are built to be asked.
fuzz_targets() {
  local folder
  # shellcheck disable=SC2086 # a list of packages
  go list -f '{{.Dir}}' $packages | while read -r folder; do
    grep -qs '^func Fuzz' "$folder"/*_test.go && go test -list '^Fuzz' "$folder" | sed -n "s|^Fuzz|$folder Fuzz|p"
  done
}

# fuzz runs each target for BYLAW_FUZZTIME seconds (30), or less when the run would take too long.
fuzz() {
  local targets count each share folder target
  mapfile -t targets < <(fuzz_targets)
  count=${#targets[@]}
  [ "$count" -gt 0 ] || return 0
  each=${BYLAW_FUZZTIME:-30}
  each=${each%s}
  share=$((($(seconds_left) - 60) / count - 8)) # building and minimizing take some seconds, too
  if [ "$share" -lt "$each" ]; then
    each=$((share > 2 ? share : 2))
    warn "fuzz targets get $each s each: $count of them, and $(seconds_left) s are left of $limit minutes"
  fi
  for line in "${targets[@]}"; do
    read -r folder target <<<"$line"
    check "fuzz ${folder#"$PWD"/} $target ${each}s" timeout --kill-after=10 $((each + 120)) \
      go test -run '^$' -fuzz "^$target\$" -fuzztime "${each}s" -parallel 2 "$folder"
  done
}
