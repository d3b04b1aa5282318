package service

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Members reads and changes people.
type Members struct {
	*core
	tallies tallies
}

// Member is a member with the personal fields that the caller may see.
type Member struct {
	engine.Member
	Name     string            `json:"name,omitempty"`
	Personal map[string]string `json:"personal,omitempty"`

	who Caller // whom it is shown to
}

// Ref reads a name of a member: an id, or channel:external_id.
func Ref(name string) engine.MemberRef {
	if channel, external, ok := strings.Cut(name, ":"); ok {
		return engine.MemberRef{Identity: engine.Identity{Channel: channel, ExternalID: external}}
	}
	return engine.MemberRef{ID: name}
}

// Get gives a member by name (see Ref), following a merge;
// engine.CodeNotFound when nobody has it.
func (s *Members) Get(ctx context.Context, who Caller, name string) (*Member, error) {
	m, err := s.find(ctx, who, name)
	if err != nil {
		return nil, err
	}
	return s.dress(ctx, who, m)
}

// maxThese is how many members are named at once.
const maxThese = 200

// These gives members by id, in the order asked for, each under the id that was
// asked for even when they are part of another by now; whom nobody knows is left out.
func (s *Members) These(ctx context.Context, who Caller, ids []string) ([]*Member, error) {
	if len(ids) > maxThese {
		return nil, engine.Invalid(engine.Text{En: "too many ids", Zh: "id 过多"}, engine.Problem{Code: "too_many", Path: "/ids",
			Message: engine.Text{En: fmt.Sprintf("at most %d at once", maxThese), Zh: fmt.Sprintf("一次最多 %d 个", maxThese)}})
	}
	keys := make([]engine.RecordKey, len(ids))
	for i, id := range ids {
		keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: id}
	}
	found, err := s.reader(who).Records(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	var list []*engine.Member
	for _, key := range keys {
		if found[key] == nil {
			continue
		}
		m, err := readMember(found[key])
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return s.dressAll(ctx, who, list)
}

// find reads a member's state.
func (s *Members) find(ctx context.Context, who Caller, name string) (*engine.Member, error) {
	ref := Ref(name)
	id := ref.ID
	if id == "" {
		key := engine.RecordKey{Kind: engine.IdentityRecord, Key: ref.Key()}
		found, err := s.reader(who).Records(ctx, []engine.RecordKey{key})
		if err != nil {
			return nil, fmt.Errorf("read identity: %w", err)
		}
		id = identityOwner(found[key])
	}
	for range 8 { // a merge of a merge; a longer chain is no chain of ours
		m, err := s.byID(ctx, who, id)
		if err != nil || m == nil {
			return nil, orMissing(err, name)
		}
		if m.MergedInto == "" {
			return m, nil
		}
		id = m.MergedInto
	}
	return nil, engine.NotFound("member", name)
}

func orMissing(err error, name string) error {
	if err != nil {
		return err
	}
	return engine.NotFound("member", name)
}

// identityOwner reads an identity record: a member's id, written plain or as JSON.
func identityOwner(body []byte) string {
	var id string
	if json.Unmarshal(body, &id) == nil {
		return id
	}
	return string(body)
}

func (s *Members) byID(ctx context.Context, who Caller, id string) (*engine.Member, error) {
	if id == "" || len(id) > engine.MaxKeyBytes {
		return nil, nil
	}
	key := engine.RecordKey{Kind: engine.MemberRecord, Key: id}
	found, err := s.reader(who).Records(ctx, []engine.RecordKey{key})
	if err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	if found[key] == nil {
		return nil, nil
	}
	return readMember(found[key])
}

func readMember(body []byte) (*engine.Member, error) {
	m := &engine.Member{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	return m, nil
}

// dress adds the personal fields that the caller may see.
func (s *Members) dress(ctx context.Context, who Caller, m *engine.Member) (*Member, error) {
	all, err := s.dressAll(ctx, who, []*engine.Member{m})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// dressAll dresses members with one look at what is personal.
func (s *Members) dressAll(ctx context.Context, who Caller, list []*engine.Member) ([]*Member, error) {
	out, at, ids := make([]*Member, len(list)), make(map[string][]*Member, len(list)), make([]string, 0, len(list))
	for i, m := range list {
		out[i] = &Member{Member: *m, who: who}
		if who.Personal && !m.Erased {
			at[m.ID], ids = append(at[m.ID], out[i]), append(ids, m.ID)
		}
	}
	if err := s.heard(ctx, who, list); err != nil {
		return nil, err
	}
	for i, m := range list {
		out[i].NewestAt = m.NewestAt
	}
	fields, err := s.profiles(ctx, who, ids)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		for _, m := range at[f.Member] {
			m.learn(f)
		}
	}
	return out, nil
}

// learn takes one personal field of the profile.
func (m *Member) learn(f engine.PersonalField) {
	switch {
	case f.Position != 0 || f.Value == "":
	case f.Name == "name":
		m.Name = f.Value
	default:
		if m.Personal == nil {
			m.Personal = map[string]string{}
		}
		m.Personal[f.Name] = f.Value
	}
}

// Points gives ledger entries, newest first.
func (s *Members) Points(ctx context.Context, who Caller, q engine.LedgerQuery) (engine.Rows[engine.LedgerEntry], error) {
	return s.reader(who).ListLedger(ctx, q)
}

// heard fills in when members were last heard of: it moves with every event, so
// the machine keeps it in marks of their own.
func (s *Members) heard(ctx context.Context, who Caller, list []*engine.Member) error {
	keys := make([]engine.RecordKey, len(list))
	for i, m := range list {
		keys[i] = engine.RecordKey{Kind: engine.MarkRecord, Key: machine.Everybody + m.ID}
	}
	found, err := s.reader(who).Records(ctx, keys)
	if err != nil {
		return fmt.Errorf("read when members were last heard of: %w", err)
	}
	for i, m := range list {
		if body := found[keys[i]]; body != nil {
			n, err := strconv.ParseInt(string(body), 10, 64)
			if err != nil {
				return fmt.Errorf("when %s was last heard of: %w", m.ID, err)
			}
			m.NewestAt = engine.Time(n)
		}
	}
	return nil
}
