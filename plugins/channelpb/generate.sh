#!/bin/sh
# Regenerates the Go code of channel.proto. With --check it only says whether
# the code in the repository is what this makes.
#
# Needs protoc 3.21 (Debian 12: protobuf-compiler); the Go generators are
# installed at the versions below, into a directory of their own.
set -eu
cd "$(dirname "$0")"

gen=$(mktemp -d)
trap 'rm -rf "$gen"' EXIT
GOBIN="$gen/bin" go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
GOBIN="$gen/bin" go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.0

mkdir "$gen/out"
PATH="$gen/bin:$PATH" protoc \
	--go_out="$gen/out" --go_opt=paths=source_relative \
	--go-grpc_out="$gen/out" --go-grpc_opt=paths=source_relative \
	channel.proto

if [ "${1:-}" = --check ]; then
	for f in channel.pb.go channel_grpc.pb.go; do
		cmp "$gen/out/$f" "$f" || { echo "$f is stale: run plugins/channelpb/generate.sh" >&2; exit 1; }
	done
	exit 0
fi
cp "$gen/out/channel.pb.go" "$gen/out/channel_grpc.pb.go" .
