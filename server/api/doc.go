// Package api is the HTTP API and the only importer of echo.
//
// openapi.yaml is written first; package contract is generated from it, and the
// server reads it: which role and scope a call needs, which parameters and body
// it takes, whether it is audited. A route cannot be had without a row there.
//
// # The life of a request
//
//  1. server.go: request id, security headers, log line, recovered panics.
//  2. guard.go: credential, rate, role and scope, by the operation's row.
//  3. input.go: media types, parameters, body: every problem with its place.
//  4. once.go: a repeated Idempotency-Key is answered from the first time.
//  5. The handler (events.go, members.go, ...): decode, one call of the service,
//     reply.
//  6. finish.go: the audit row, then the answer. problem.go turns an error into
//     its answer, in one place.
package api
