# Go's tests and fuzz targets. Sourced after results.sh; needs bash.

packages=${BYLAW_CI_PACKAGES:-./...}

# Packages that take minutes are begun first, or the last of them runs alone while a core idles.
longest=(./server/store ./server/acceptance ./server/app ./server/api ./server/cli)

# go_tests runs all tests with the race detector, which is a C program's companion, on every engine that was started.
go_tests() {
  apt_need gcc gcc libc6-dev || return 1
  go build -o "$work/report" ./.ci/lib/report || return 1
  local first=()
  [ "$packages" != ./... ] || first=("${longest[@]}")
  # shellcheck disable=SC2086 # a list of packages
  CGO_ENABLED=1 timeout --kill-after=10 $(($(seconds_left) - 45)) \
    go test -race -json -p 2 -timeout 20m "${first[@]}" $packages ./.ci/lib/report 2>&1 </dev/null | "$work/report" "$results"
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

# fuzz runs each target for BYLAW_FUZZTIME seconds (30), or for its share of the time that is left when that is less: two
# targets beside each other, each with one worker, so that building one costs the other nothing.
fuzz() {
  local targets lanes=()
  mapfile -t targets < <(fuzz_targets)
  fuzz_some 0 "${targets[@]}" &
  lanes+=($!)
  fuzz_some 1 "${targets[@]}" &
  lanes+=($!)
  wait "${lanes[@]}" # a wait for everything would wait for the database servers, too
}

# fuzz_some LANE LINE... fuzzes every second target.
fuzz_some() {
  local lane=$1 left share each=${BYLAW_FUZZTIME:-30} seconds folder target n
  shift
  each=${each%s}
  for ((n = lane; n < $#; n += 2)); do
    read -r folder target <<<"${*:n+1:1}"
    left=$((($# - n + 1) / 2))
    share=$((($(seconds_left) - 60) / left - 15)) # building and minimizing take time, too
    seconds=$((share < each ? share : each))
    if [ "$seconds" -lt 2 ]; then
      warn "NOT FUZZED for want of time: $target in ${folder#"$PWD"/}"
      continue
    fi
    check "fuzz ${folder#"$PWD"/} $target ${seconds}s" fuzz_one "$folder" "$target" "$seconds"
  done
}

# fuzz_one PACKAGE TARGET SECONDS fuzzes one target. Up to Go 1.26 the coordinator may take its own deadline for a failure
# (golang/go#75804, mended in 1.27): it says "context deadline exceeded" alone, after the whole time, and writes no input.
# That, and only that, is no finding; all else that fails, fails. Minimizing is bounded in runs: by its default, a minute
# for each new input, a worker does little else (136,400 runs in 40 s against 1,167,763).
fuzz_one() {
  local out code said
  out=$(timeout --kill-after=10 $(($3 + 180)) \
    go test -run '^$' -fuzz "^$2\$" -fuzztime "${3}s" -fuzzminimizetime 10x -parallel 1 "$1" 2>&1)
  code=$?
  printf '%s\n' "$out"
  [ "$code" -ne 0 ] || return 0
  said=$(sed -n '/^--- FAIL/,/^FAIL$/p' <<<"$out" | sed -e '/^--- FAIL: '"$2"' (/d' -e '/^FAIL$/d' -e 's/^ *//')
  [ "$code" = 1 ] && [ "$said" = "context deadline exceeded" ] && ! grep -q 'Failing input\|panic' <<<"$out" &&
    [ -n "$(sed -n 's/^fuzz: elapsed: '"$3"'s, execs/&/p' <<<"$out")" ]
}
