# Checks that run no test: form, vet, and that what is generated is what its sources make. Sourced; needs bash.

# Clones made by another user are still ours to look at.
repo_git() { git -c safe.directory='*' "$@"; }

formatted() {
  local ugly
  ugly=$(repo_git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 -r ls -d 2>/dev/null | xargs -r gofmt -l)
  [ -z "$ugly" ] || { echo "not formatted; run gofmt -w:"; echo "$ugly"; return 1; }
}

# tree_state is everything that is not as committed, so that a run in a tree with changes is judged by its own only.
tree_state() {
  repo_git status --porcelain=v1 --untracked-files=all
  repo_git diff
}

# generated runs every go:generate directive; the tree must be the same after it.
generated() {
  tree_state >"$work/before"
  if repo_git ls-files '*.proto' | grep -q .; then apt_need protoc protobuf-compiler || return 1; fi
  go generate ./... || return 1
  tree_state >"$work/after"
  cmp -s "$work/before" "$work/after" && return 0
  echo "generated files are not current; run go generate ./... and commit:"
  diff "$work/before" "$work/after" | head -n 100
  return 1
}

linter=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# lint runs golangci-lint with .golangci.yml. Building it takes two minutes once; a quick run uses it where it is built.
lint() {
  local program=$ci_cache/bin/golangci-lint
  [ -n "$quick" ] && [ ! -x "$program" ] && return 0
  linter_built || linter_build || { warn "LINT WAS NOT RUN: golangci-lint could not be built in the time left"; return 0; }
  # shellcheck disable=SC2086 # a list of packages
  check "golangci-lint" timeout "$(seconds_left)" "$program" run $packages
}

linter_built() { [ -x "$ci_cache/bin/golangci-lint" ] && [ "$(cat "$ci_cache/bin/built")" = "$linter" ]; }

linter_build() {
  [ "$(seconds_left)" -gt 300 ] || return 1
  echo "ci: building golangci-lint" >&2
  mkdir -p "$ci_cache/bin" && GOBIN=$ci_cache/bin GOFLAGS='' timeout $(($(seconds_left) - 120)) go install "$linter" 2>"$work/linter.log" ||
    { tail -n 5 "$work/linter.log" >&2; return 1; }
  echo "$linter" >"$ci_cache/bin/built"
}
