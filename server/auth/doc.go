// Package auth says who calls and what they may do.
//
//   - token.go: what a token looks like; its secret is shown once and kept as a hash
//   - role.go, scope.go: what a role may do, and how scopes narrow a token
//   - principal.go: the caller of one request
//   - authenticator.go: from a header to a principal
//   - limit.go: how fast a token may call
//
// It reads no clock and no randomness: both are given.
package auth
