package trials

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// over is a store in memory over a workspace that it can only read: members,
// groups and contents are there as they are now, while windows, occurrences and
// limits begin empty. What is written stays in memory.
type over struct {
	*scratch.Store
	live engine.Reader
	late bool // the log is read from somewhere in its middle
}

var _ engine.Store = over{}

// Within implements engine.Store.
func (o over) Within(ctx context.Context, workspace string, fn func(engine.Tx) error) error {
	return o.Store.Within(ctx, workspace, func(tx engine.Tx) error { return fn(overTx{tx, o}) })
}

// Reader implements engine.Store.
func (o over) Reader(workspace string) engine.Reader {
	return overReader{o.Store.Reader(workspace), o.live}
}

type overTx struct {
	engine.Tx
	over over
}

// Load implements engine.Tx.
func (t overTx) Load(ctx context.Context, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	found, err := t.Tx.Load(ctx, keys)
	if err != nil {
		return nil, err
	}
	var missing []engine.RecordKey
	for _, k := range keys {
		if found[k] == nil && t.over.shows(k) {
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	live, err := t.over.live.Records(ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("read the workspace: %w", err)
	}
	if found == nil {
		found = map[engine.RecordKey][]byte{}
	}
	for k, body := range live {
		if body == nil {
			continue
		}
		if k.Kind == engine.MemberRecord {
			if body, err = timeless(body); err != nil {
				return nil, err
			}
		}
		found[k] = body
	}
	return found, nil
}

// shows is whether a record is that of the workspace. Of marks it is since when
// a channel was listened to, where all of the log is read.
func (o over) shows(k engine.RecordKey) bool {
	switch k.Kind {
	case engine.MemberRecord, engine.IdentityRecord, engine.GroupRecord, engine.ContentRecord:
		return true
	case engine.MarkRecord:
		return strings.HasPrefix(k.Key, coverage) && !o.late
	}
	return false
}

const coverage = "cov|"

// timeless is a member without what says how far their events have come.
func timeless(body []byte) ([]byte, error) {
	var m engine.Member
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	m.NewestAt = 0
	return json.Marshal(&m)
}

type overReader struct {
	engine.Reader
	live engine.Reader
}

// ListRecords lists who is there, in which group and tier, of the workspace.
func (r overReader) ListRecords(ctx context.Context, kind engine.RecordKind, prefix string, p engine.Page) (engine.Rows[engine.Record], error) {
	if kind == engine.MarkRecord && machine.ListsMembers(prefix) {
		return r.live.ListRecords(ctx, kind, prefix, p)
	}
	return r.Reader.ListRecords(ctx, kind, prefix, p)
}
