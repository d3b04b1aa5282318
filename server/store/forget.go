package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Who is erased is to stand nowhere any more. The machine takes the identities
// from the member's record; Forget takes them from everything else: the log
// (forget_log.go), what records were (forget_past.go), and rows that speak of
// people (forget_rows.go). In the place of each identity comes a pseudonym that
// tells the member's id and nothing else, so that a replay of the log makes the
// same. What is left to do is a row of erasures, written with the erasure: a
// server that dies in between does the rest later, by the same pseudonyms.

// erasure is the body of a row: what was asked for and, once the log was read,
// all identities that its members ever came by, in that order.
type erasure struct {
	engine.Erasure
	Listed bool `json:"listed,omitempty"`
}

var erasedBulk = bulk{table: "erasures", columns: []string{"member", "passes", "body"}, keys: 2, set: []string{"body"}}

// saveErased writes down what Forget has to do.
func (t *tx) saveErased(ctx context.Context, c *engine.Changes) error {
	all := erasedBulk.rows(len(c.Erased))
	for _, e := range c.Erased {
		body, err := json.Marshal(erasure{Erasure: e})
		if err != nil {
			return fmt.Errorf("erasure of %s: %w", e.Member, err)
		}
		all.add(t.workspace, len(body), e.Member, 0, body)
	}
	return t.insert(ctx, all)
}

// errForgotten says that the past was rewritten while it was being filed.
var errForgotten = errors.New("the past was rewritten meanwhile")

// passes counts how often a workspace's past was rewritten.
func (c scope) passes(ctx context.Context) (n int64, err error) {
	rows, err := c.query(ctx, "SELECT COALESCE(SUM(passes), 0) FROM erasures WHERE workspace = ?")
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&n) })
	return n, err
}

// forgetAll does what is left to do in all workspaces.
func (s *Store) forgetAll(ctx context.Context) error {
	var waiting []string
	err := s.across(ctx, s.readers, "all workspaces are looked after").Table("erasures").
		Where("body IS NOT NULL").Distinct("workspace").Order("workspace").Pluck("workspace", &waiting).Error
	if err != nil {
		return fmt.Errorf("forget: %w", s.explain(err))
	}
	for _, w := range waiting {
		if err := s.Forget(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// Forget implements engine.Forgetter.
func (s *Store) Forget(ctx context.Context, workspace string) error {
	c := s.outside(workspace)
	var waiting []erasure
	rows, err := c.query(ctx, "SELECT body FROM erasures WHERE workspace = ? AND body IS NOT NULL ORDER BY member")
	err = each(rows, err, func(r *sql.Rows) error {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return err
		}
		var e erasure
		err := json.Unmarshal(body, &e)
		waiting = append(waiting, e)
		return err
	})
	for i := range waiting {
		if err == nil {
			err = s.forget(ctx, workspace, &waiting[i])
		}
	}
	if err != nil {
		return fmt.Errorf("forget: %w", s.explain(err))
	}
	return nil
}

// forget does one erasure, as far as it is not done.
func (s *Store) forget(ctx context.Context, workspace string, e *erasure) error {
	f := &forgetter{store: s, scope: s.outside(workspace), erasure: e}
	if !e.Listed {
		if err := f.list(ctx); err != nil {
			return err
		}
	}
	f.name()
	for _, step := range [...]func(context.Context) error{f.log, f.pastLog, f.pass, f.filed, f.rows, f.deliveries, f.fold} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return s.transact(ctx, workspace, func(c scope) error {
		_, err := c.exec(ctx, "UPDATE erasures SET body = NULL WHERE workspace = ? AND member = ?", e.Member)
		return err
	})
}

// forgetter works one erasure.
type forgetter struct {
	store *Store
	scope
	*erasure
	names map[engine.Identity]string // pseudonyms
	keys  map[string]string          // by identity key, the pseudonym's
}

// name gives each identity its pseudonym.
func (f *forgetter) name() {
	f.names, f.keys = map[engine.Identity]string{}, map[string]string{}
	for i, id := range f.Identities {
		p := engine.Identity{Channel: id.Channel, ExternalID: fmt.Sprintf("erased-%s-%d", f.Member, i+1)}
		f.names[id], f.keys[id.Key()] = p.ExternalID, p.Key()
	}
}

// of is whether a member is the one who is erased, or became them.
func (f *forgetter) of(member string) bool {
	return member != "" && (member == f.Member || slices.Contains(f.Merged, member))
}

// list reads from the log who they ever came as, and keeps that before anything
// is rewritten.
func (f *forgetter) list(ctx context.Context) error {
	add := func(id engine.Identity) {
		if id.ExternalID != "" && !slices.Contains(f.Identities, id) {
			f.Identities = append(f.Identities, id)
		}
	}
	err := f.eachPage(ctx, &engine.EventQuery{UpTo: maxPosition}, func(page []byte) (bool, error) {
		events, err := decodePage(page, "", func(*engine.StoredEvent) bool { return true })
		for i := range events {
			if !f.of(events[i].Member) && !f.mentioned(events[i].Body) {
				continue
			}
			e, err := engine.DecodeEvent(events[i])
			if err != nil {
				return false, err
			}
			if f.of(e.MemberID) {
				add(e.Member.Identity)
				if e.Type == identityType {
					add(engine.Identity{Channel: e.Prop("channel").Text0(), ExternalID: e.Prop("external_id").Text0()})
				}
			}
			if f.of(e.ToID) {
				add(e.To.Identity)
			}
		}
		return true, err
	})
	if err != nil {
		return err
	}
	if err := f.othersKeep(ctx); err != nil {
		return err
	}
	f.Listed = true
	body, err := json.Marshal(f.erasure)
	if err != nil {
		return err
	}
	return f.store.transact(ctx, f.workspace, func(c scope) error {
		_, err := c.exec(ctx, "UPDATE erasures SET body = ? WHERE workspace = ? AND member = ?", body, f.Member)
		return err
	})
}

// othersKeep leaves out identities that somebody else has by now.
func (f *forgetter) othersKeep(ctx context.Context) error {
	keys := make([]engine.RecordKey, len(f.Identities))
	for i, id := range f.Identities {
		keys[i] = engine.RecordKey{Kind: engine.IdentityRecord, Key: id.Key()}
	}
	found, err := f.store.Reader(f.workspace).Records(ctx, keys)
	f.Identities = slices.DeleteFunc(f.Identities, func(id engine.Identity) bool {
		owner := found[engine.RecordKey{Kind: engine.IdentityRecord, Key: id.Key()}]
		return owner != nil && !f.of(string(owner))
	})
	return err
}

// pass says that the past is rewritten: whoever files it begins again, and what
// was filed before is there.
func (f *forgetter) pass(ctx context.Context) error {
	return f.store.transact(ctx, f.workspace, func(c scope) error {
		first := logPile.begin.rows(1)
		first.add(f.workspace, 0, 0)
		if err := c.insert(ctx, first); err != nil {
			return err
		}
		var through int64
		err := c.orm(ctx).Table("past_lanes").Clauses(forUpdate).Where("lane = 0").Pluck("through", &through).Error
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, "UPDATE erasures SET passes = passes + 1 WHERE workspace = ? AND member = ?", f.Member)
		return err
	})
}

// foldRounds ends a fold under way, folds all that came since, and deletes the
// log of it.
const foldRounds = 3

// fold writes what records are now over what they were, all at once.
func (f *forgetter) fold(ctx context.Context) error {
	for range foldRounds {
		err := f.store.Within(ctx, f.workspace, func(x engine.Tx) error {
			x.(*tx).foldAll = true
			lane := x.Lane()
			return x.Save(ctx, &engine.Changes{Position: lane.Position, Revision: lane.Revision})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var _ engine.Forgetter = (*Store)(nil)
