# The console's tests, when there is a console: its unit tests, that admin/dist is what its sources build, and its tests
# in Chromium. Sourced after results.sh and apt.sh; needs bash.
#
# admin/package.json has the scripts `build` and `test`, and `test:browser` for the browser. Tests are run by vitest, whose
# report in JSON is counted. The browser's tests get BYLAW_TEST_BINARY, a built server, and BYLAW_TEST_CHROMIUM.

console() {
  [ -f admin/package.json ] || return 0
  apt_need npm nodejs npm || { echo "fail console: no npm" >>"$results"; return 1; }
  check "console: npm ci" npm --prefix admin ci --no-audit --no-fund || return 1
  check "console: generated sources are current" console_generated_current
  check "console: admin/dist is current" console_dist_current
  console_tests test
  grep -q '"test:browser"' admin/package.json || return 0
  export BYLAW_TEST_BINARY=$work/bylaw BYLAW_TEST_CHROMIUM
  check "build the server" go build -o "$BYLAW_TEST_BINARY" ./server || return 1
  apt_need chromium chromium || { echo "fail console: no Chromium" >>"$results"; return 1; }
  BYLAW_TEST_CHROMIUM=$(command -v chromium)
  console_tests test:browser && echo "browser $("$BYLAW_TEST_CHROMIUM" --version | sed 's/ built.*//')" >>"$results"
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

# console_tests SCRIPT runs one of the scripts and counts its tests.
console_tests() {
  local report=$work/console-$1.json
  timeout --kill-after=10 "$(seconds_left)" npm --prefix admin run "$1" -- \
    --reporter=default --reporter=json --outputFile.json="$report" </dev/null || echo "npm run $1 ended with $?"
  node .ci/lib/vitest-results.mjs "$report" >>"$results" || { echo "fail console: npm run $1 left no report" >>"$results"; return 1; }
}
