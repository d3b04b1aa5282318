package machine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// compare holds the replay against what is stored. It answers true where
// something was written meanwhile that the replay has not seen, and which it
// therefore could not compare.
func (v *verifier) compare(ctx context.Context) (moved bool, err error) {
	v.report.Differences, v.report.More, v.report.Members = []Difference{}, 0, 0
	for _, kind := range []engine.RecordKind{engine.MemberRecord, engine.GroupRecord} {
		some, err := v.compareRecords(ctx, kind)
		if err != nil {
			return false, err
		}
		moved = moved || some
	}
	return moved, v.compareLedger(ctx)
}

func (v *verifier) compareRecords(ctx context.Context, kind engine.RecordKind) (moved bool, err error) {
	stored, err := allRecords(ctx, v.live, kind)
	if err != nil {
		return false, err
	}
	replayed, err := allRecords(ctx, v.other, kind)
	if err != nil {
		return false, err
	}
	for _, key := range union(stored, replayed) {
		if versionOf(stored[key]) > v.upTo {
			moved = true
			continue
		}
		a, b := withoutVersion(stored[key]), withoutVersion(replayed[key])
		if !bytes.Equal(a, b) {
			v.report.differ(string(kind), key, a, b)
		}
		if kind == engine.MemberRecord {
			v.report.Members++
		}
	}
	return moved, nil
}

const versionField = `,"version":`

// withoutVersion leaves out the position of the last save, which depends on how
// events were batched.
func withoutVersion(body []byte) []byte {
	i := bytes.LastIndex(body, []byte(versionField))
	if i < 0 {
		return body
	}
	return body[:i]
}

// versionOf is the position of the last save; 0 where there is none to read.
func versionOf(body []byte) int64 {
	var b struct {
		Version int64 `json:"version"`
	}
	if json.Unmarshal(body, &b) != nil {
		return 0
	}
	return b.Version
}

func union(a, b map[string][]byte) []string {
	keys := sortedKeys(a)
	for _, k := range sortedKeys(b) {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	return keys
}

func allRecords(ctx context.Context, r engine.Reader, kind engine.RecordKind) (map[string][]byte, error) {
	out := map[string][]byte{}
	for cursor := ""; ; {
		rows, err := r.ListRecords(ctx, kind, "", engine.Page{Cursor: cursor, Limit: 1000})
		if err != nil {
			return nil, fmt.Errorf("list %s records: %w", kind, err)
		}
		for _, x := range rows.Items {
			out[x.Key] = x.Body
		}
		if cursor = rows.Next; cursor == "" {
			return out, nil
		}
	}
}

// line is one ledger entry as it is compared.
type line struct{ id, text string }

func (v *verifier) compareLedger(ctx context.Context) error {
	stored, err := v.lines(ctx, v.live)
	if err != nil {
		return err
	}
	replayed, err := v.lines(ctx, v.other)
	if err != nil {
		return err
	}
	v.report.Entries = int64(len(stored))
	for len(stored)+len(replayed) > 0 {
		var a, b line
		switch {
		case len(replayed) == 0 || len(stored) > 0 && stored[0].id < replayed[0].id:
			a, stored = stored[0], stored[1:]
		case len(stored) == 0 || replayed[0].id < stored[0].id:
			b, replayed = replayed[0], replayed[1:]
		default:
			a, b, stored, replayed = stored[0], replayed[0], stored[1:], replayed[1:]
		}
		if a.text != b.text {
			v.report.differ("ledger", cmp.Or(a.id, b.id), []byte(a.text), []byte(b.text))
		}
	}
	return nil
}

// lines writes the ledger up to the position replayed.
func (v *verifier) lines(ctx context.Context, r engine.Reader) ([]line, error) {
	var out []line
	for cursor := ""; ; {
		rows, err := r.ListLedger(ctx, engine.LedgerQuery{Page: engine.Page{Cursor: cursor, Limit: 1000}})
		if err != nil {
			return nil, fmt.Errorf("list ledger: %w", err)
		}
		for _, e := range rows.Items {
			if e.Position <= v.upTo {
				out = append(out, line{e.ID, fmt.Sprintf("%s %s %d %s %s %s %s %d", e.Member, e.Account, e.Amount, e.Kind, e.Rule, e.Of, e.Expires, e.Balance)})
			}
		}
		if cursor = rows.Next; cursor == "" {
			slices.SortFunc(out, func(a, b line) int { return cmp.Compare(a.id, b.id) })
			return out, nil
		}
	}
}
