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

# linted runs golangci-lint with .golangci.yml where it is installed.
linted() { timeout "$(seconds_left)" golangci-lint run --timeout 5m; }
