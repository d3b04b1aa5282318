# The console's tests, when there is a console: its unit tests, that admin/dist is what its sources build, and its tests
# in Chromium. Sourced after results.sh and apt.sh; needs bash.
#
# admin/package.json has the scripts `build` and `test`, and `test:browser` for the browser. Tests are run by vitest, whose
# report in JSON is counted. The browser's tests get BYLAW_TEST_BINARY, a built server, BYLAW_TEST_CHROMIUM, and
# BYLAW_TEST_ENGINE, on which the servers they start keep their data: all of them on SQLite, then on MariaDB those that
# cover the ways an operator writes to the database.
console_on_mariadb=(hour members review rough workbench)

console() {
  [ -f admin/package.json ] || return 0
  apt_need npm nodejs npm || { echo "fail console: no npm" >>"$results"; return 1; }
  check "console: npm ci" npm --prefix admin ci --no-audit --no-fund || return 1
  check "console: generated sources are current" console_generated_current
  check "console: admin/dist is current" console_dist_current
  console_tests test ''
  grep -q '"test:browser"' admin/package.json || return 0
  export BYLAW_TEST_BINARY=$work/bylaw BYLAW_TEST_CHROMIUM
  check "build the server" go build -o "$BYLAW_TEST_BINARY" ./server || return 1
  apt_need chromium chromium || { echo "fail console: no Chromium" >>"$results"; return 1; }
  BYLAW_TEST_CHROMIUM=$(command -v chromium)
  console_tests test:browser sqlite && echo "browser $("$BYLAW_TEST_CHROMIUM" --version | sed 's/ built.*//')" >>"$results"
  [ -z "${BYLAW_TEST_MARIADB:-}" ] || console_tests test:browser mariadb "${console_on_mariadb[@]}"
}

console_generated_current() {
  tree_state >"$work/before"
  npm --prefix admin run generate || return 1
  tree_state >"$work/after"
  diff "$work/before" "$work/after" || { echo "generated sources are not current; run npm --prefix admin run generate and commit"; return 1; }
}

console_dist_current() {
  repo_git status --porcelain=v1 -uall admin/dist >"$work/before"
  npm --prefix admin run build || return 1
  repo_git status --porcelain=v1 -uall admin/dist >"$work/after"
  diff "$work/before" "$work/after" || { echo "admin/dist is not current; run npm --prefix admin run build and commit"; return 1; }
}

# console_tests SCRIPT ENGINE FILE... runs one of the scripts, or of its files these, and counts its tests for the engine.
console_tests() {
  local script=$1 engine=$2 report=$work/console-$1-$2.json
  shift 2
  BYLAW_TEST_ENGINE=$engine timeout --kill-after=10 "$(seconds_left)" npm --prefix admin run "$script" -- "$@" \
    --reporter=default --reporter=json --outputFile.json="$report" </dev/null || echo "npm run $script ended with $?"
  node .ci/lib/vitest-results.mjs "$report" "$engine" >>"$results" || { echo "fail console: npm run $script left no report" >>"$results"; return 1; }
}
