// Package auth says who calls and what they may do.
//
//   - token.go: what a token looks like; its secret is shown once and kept as a hash
//   - role.go, scope.go: what a role may do, and how scopes narrow a token
//   - principal.go: the caller of one request
//   - authenticator.go: from a header or cookie to a principal
//   - limit.go: how fast a token may call
//   - user.go, password.go: who signs in, and what is kept of a password
//   - accounts.go, own.go: signing in, and looking after how one does
//   - session.go, client.go: somebody signed in on one device
//   - totp.go: the second factor
//   - throttle.go, device.go: guessing made slow without locking anybody out
//
// It reads no clock and no randomness: both are given.
package auth
