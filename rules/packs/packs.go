// Package packs carries the packs of rules that come with Bylaw, one folder each.
package packs

import "embed"

// FS has one folder per pack, each with a pack.yaml that rules.LoadPack reads.
//
//go:embed */*.yaml
var FS embed.FS
