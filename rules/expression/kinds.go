package expression

import (
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// Kinds is a set of engine kinds: what an expression may give.
type Kinds uint16

// AnyKind accepts every kind.
const AnyKind Kinds = 1<<16 - 1

// Want makes a set of kinds.
func Want(kinds ...engine.Kind) Kinds {
	var set Kinds
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

// Has is whether a kind is in the set.
func (s Kinds) Has(k engine.Kind) bool { return s>>k&1 == 1 }

// only is the set's single kind.
func (s Kinds) only() (engine.Kind, bool) {
	for k := engine.Bool; k <= engine.Opaque; k++ {
		if s == Want(k) {
			return k, true
		}
	}
	return engine.Unknown, false
}

// kind is the type of a node, as the checker sees it.
type kind uint8

const (
	kBad  kind = iota // a problem was reported; says nothing more
	kAny              // typed at run time
	kBool             //
	kInt              //
	kDec              // millionths, exact
	kReal             // a decimal in floating point: of a division
	kText             //
	kTime             //
	kSpan             // a duration
	kList             //
	kNone             // no value of its own, such as the events before .count()
)

var engineKinds = [...]engine.Kind{
	kBool: engine.Bool, kInt: engine.Int, kDec: engine.Decimal, kReal: engine.Decimal, kText: engine.String,
	kTime: engine.Instant, kSpan: engine.Duration, kList: engine.List, kNone: engine.Unknown,
}

func (k kind) engine() engine.Kind { return engineKinds[k] }

func kindOf(k engine.Kind) kind {
	for i, e := range engineKinds {
		if e == k && e != engine.Unknown {
			return kind(i)
		}
	}
	return kAny
}

// number is whether the kind is an integer or a decimal.
func (k kind) number() bool { return k == kInt || k == kDec || k == kReal }

// counted is whether the kind is held in 64 bits as an integer.
func (k kind) counted() bool { return k == kInt || k == kDec || k == kTime || k == kSpan }

var kindWords = [...]engine.Text{
	kBad: {En: "nothing", Zh: "无"}, kAny: {En: "a value", Zh: "某个值"},
	kBool: {En: "a condition", Zh: "条件（是或否）"}, kInt: {En: "an integer", Zh: "整数"},
	kDec: {En: "a decimal", Zh: "小数"}, kReal: {En: "a decimal", Zh: "小数"}, kText: {En: "a text", Zh: "文字"},
	kTime: {En: "a time", Zh: "时间"}, kSpan: {En: "a duration", Zh: "时长"}, kList: {En: "a list", Zh: "列表"},
	kNone: {En: "no value", Zh: "不是值"},
}

// words says the kind as an operator reads it.
func (k kind) words() engine.Text { return kindWords[k] }

// words lists the kinds of the set.
func (s Kinds) words() engine.Text {
	var en, zh []string
	for k := kBool; k < kNone; k++ {
		if k != kReal && s.Has(k.engine()) {
			en, zh = append(en, k.words().En), append(zh, k.words().Zh)
		}
	}
	return engine.Text{En: strings.Join(en, " or "), Zh: strings.Join(zh, "或")}
}
