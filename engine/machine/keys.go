package machine

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// longestPart is the longest part of a key that is written out: three of them
// with what stands between fit into engine.MaxKeyBytes.
const longestPart = 48

// part writes one part of a key: as it is where that is short and cannot be
// mistaken for two parts, else as its hash.
func part(s string) string {
	if len(s) <= longestPart && !strings.ContainsAny(s, "|~") {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "~" + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// keyOf joins parts into the key of a mark or timer.
func keyOf(parts ...string) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(part(p))
	}
	return b.String()
}

func hashID(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// rosterKey is the mark by which a group's members can be listed.
func rosterKey(group, member string) string { return "in|" + part(group) + "|" + member }

// RosterPrefix begins the keys of the marks of a group's members; the member id follows.
func RosterPrefix(group string) string { return rosterKey(group, "") }

// tierKey is the mark by which those in a tier can be listed.
func tierKey(ladder, tier, member string) string {
	return "tier|" + part(ladder) + "|" + part(tier) + "|" + member
}

// TierPrefix begins the keys of the marks of those in a tier; the member id follows.
func TierPrefix(ladder, tier string) string { return tierKey(ladder, tier, "") }

// LadderPrefix begins the keys of the marks of everybody on a ladder.
func LadderPrefix(ladder string) string { return "tier|" + part(ladder) + "|" }

// TierOf is the TierPrefix that begins a mark's key; not ok for other marks.
func TierOf(key string) (prefix string, ok bool) {
	if !strings.HasPrefix(key, "tier|") {
		return "", false
	}
	return key[:strings.LastIndexByte(key, '|')+1], true
}

// everybody begins the marks that hold each member's newest event time; the
// member id follows. Whoever has ever been named has one.
const everybody = "new|"

// Everybody begins the keys of the marks of all members; the member id follows.
const Everybody = everybody

// coverageKey is the mark of when a channel was first heard of.
func coverageKey(channel string) string { return CoveragePrefix + channel }

// CoveragePrefix begins the keys of the marks of since when a channel is heard
// of; the channel follows.
const CoveragePrefix = "cov|"

// waitingKey is the mark that lists who waits for a group, first come first.
func waitingKey(group string) string { return "waiting|" + group }

// WaitingKey is the mark that lists, as JSON, the ids of who waits for a group,
// first come first.
func WaitingKey(group string) string { return waitingKey(group) }

// OfficersKey is the mark that lists, as JSON, the ids of a group's officers.
func OfficersKey(group string) string { return officersKey(group) }

// applicationKey is the mark of a member's application that waits for a seat.
func applicationKey(group, member string) string { return keyOf("app", group, member) }

// officersKey is the mark that lists a group's officers.
func officersKey(group string) string { return "officers|" + group }

// pairKey is the mark of a member's present mentor.
func pairKey(member string) string { return keyOf("pair", member) }

// nextKey is the mark of where the clock of a rule stands, periodKey that of
// the period that a review waits for the end of.
func nextKey(kind, rule string) string { return keyOf("next", kind, rule) }
func periodKey(rule string) string     { return keyOf("period", rule) }

// couponKey is the mark of a member's newest coupon of a pool.
func couponKey(member, pool string) string { return keyOf("cpn", member, pool) }

// onceKey is the mark of one used occurrence.
func onceKey(rule, subject, occurrence string) string {
	sum := sha256.Sum256([]byte(subject + "\x00" + occurrence))
	return "once|" + rule + "|" + hex.EncodeToString(sum[:16])
}

// shortOccurrence bounds an occurrence that a rule computes from an event's
// values, because it is part of keys.
func shortOccurrence(s string) string {
	if len(s) <= engine.MaxIDLength {
		return s
	}
	return "hash:" + hashID(s)
}

// ListsMembers is whether marks with this prefix list members: all, or those of
// a group or tier.
func ListsMembers(prefix string) bool {
	return prefix == everybody || strings.HasPrefix(prefix, "in|") || strings.HasPrefix(prefix, "tier|")
}
