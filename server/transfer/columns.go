package transfer

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// column is one column of an export. value gives what a row of the noun has; nil
// for nothing.
type column struct {
	key      string
	title    engine.Text
	personal bool
	value    func(row any) any
}

// col makes a column of rows of type T.
func col[T any](key, en, zh string, value func(T) any) column {
	return column{key: key, title: engine.Text{En: en, Zh: zh}, value: func(row any) any { return value(row.(T)) }}
}

// private marks a column that only callers who may see personal fields get.
func private(c column) column {
	c.personal = true
	return c
}

// clock writes times in the workspace's zone.
type clock struct{ zone *time.Location }

func (c clock) of(t engine.Time) any {
	if t == 0 {
		return nil
	}
	return t.Std().In(c.zone).Format(time.RFC3339)
}

// plainValue is a value of the engine as a cell.
func plainValue(v engine.Value) any {
	switch v.Kind {
	case engine.Unknown:
		return nil
	case engine.String:
		return v.Str
	case engine.Int:
		return v.Num
	case engine.Bool:
		return v.Num != 0
	case engine.Decimal:
		return v.Float()
	}
	return v
}

// jsonOf is what has no column of its own, as one cell.
func jsonOf[K comparable, V any](m map[K]V) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// joined is a list of words as one cell.
func joined(words []string) any {
	if len(words) == 0 {
		return nil
	}
	return strings.Join(words, "; ")
}

func some(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func whether(b bool) any {
	if !b {
		return nil
	}
	return true
}

// document is a JSON document as one cell.
func document(body []byte) any {
	if !json.Valid(body) {
		return nil
	}
	return json.RawMessage(body)
}
