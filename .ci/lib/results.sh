# Steps of a run and what came of them. Every test, check and fuzz target is one line of $results: pass, fail or skip and
# its name; engine and browser lines say what ran. Sourced; needs bash.

started=$SECONDS
limit=${BYLAW_CI_MINUTES:-55} # minutes a whole run may take: it needs about 40 on two cores, a busy machine more
work=$(mktemp -d "${TMPDIR:-/tmp}/bylaw-ci.XXXXXX") || exit 1
results=$work/results.txt
warnings=$work/warnings.txt
: >"$results"
: >"$warnings"

# seconds_left is the time until the limit, at least a minute so that what must end can say so.
seconds_left() {
  local left=$((limit * 60 - (SECONDS - started)))
  echo $((left > 60 ? left : 60))
}

# check NAME COMMAND... runs a command as one test; its output is shown when it fails.
check() {
  local name=$1 from=$SECONDS log=$work/check.$BASHPID.log
  shift
  if "$@" >"$log" 2>&1 </dev/null; then
    echo "pass $name" >>"$results"
    printf 'ok   %-60s %27ss\n' "$name" $((SECONDS - from))
    return 0
  fi
  echo "fail $name" >>"$results"
  tail -n 200 "$log"
  printf 'FAIL %-60s %27ss\n' "$name" $((SECONDS - from))
  return 1
}

# warn TEXT is said now and again at the end.
warn() { printf '!!! %s\n' "$*" | tee -a "$warnings" >&2; }

# engine_line NAME names an engine with its version and the number of tests on it, as the tests themselves saw it.
engine_line() {
  local version tests
  version=$(sed -n "s/^engine $1 //p" "$results" | head -n 1)
  [ -n "$version" ] || return 1
  version=$(grep -oE '^[0-9]+(\.[0-9]+)+' <<<"$version")
  [ "$1" = sqlite ] && version+=" modernc"
  tests=$(grep -cE "^pass .*/$1(/|\$)" "$results")
  printf '%s %s (%s tests)' "$1" "$version" "$tests"
}

# summary prints what ran and, alone on the last line, how many passed and failed; it is false when something failed.
summary() {
  local passed failed skipped line engines=() engine
  passed=$(grep -c '^pass ' "$results")
  failed=$(grep -c '^fail ' "$results")
  skipped=$(grep -c '^skip ' "$results")
  echo
  [ "$failed" = 0 ] || grep '^fail ' "$results"
  [ "$skipped" = 0 ] || sed -n 's/^skip /skipped: /p' "$results"
  cat "$warnings"
  for engine in sqlite mariadb mysql; do line=$(engine_line "$engine") && engines+=("$line"); done
  line=$(printf ', %s' "${engines[@]}")
  echo "engines: ${line:2}"
  line=$(sed -n 's/^browser //p' "$results" | sort -u | paste -sd,)
  [ -z "$line" ] || echo "browser: $line"
  echo "took $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
