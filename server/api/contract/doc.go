// Package contract is generated from openapi.yaml: the interface that the
// server implements, one method an operation, and the types of parameters and
// bodies. Change openapi.yaml and run "go generate ./server/api".
package contract
