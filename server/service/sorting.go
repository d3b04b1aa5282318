package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// sortKeys are what members may be sorted by; a leading minus reverses, ties go
// by id.
var sortKeys = map[string]func(*engine.Member, *engine.Definitions) int64{
	"joined_at": func(m *engine.Member, _ *engine.Definitions) int64 { return int64(m.JoinedAt) },
	"newest_at": func(m *engine.Member, _ *engine.Definitions) int64 { return int64(m.NewestAt) },
	"points":    func(m *engine.Member, _ *engine.Definitions) int64 { return m.Accounts[engine.DefaultAccount].Balance },
	"rank": func(m *engine.Member, defs *engine.Definitions) int64 {
		l := defs.Ladders[engine.DefaultLadder]
		if l == nil {
			return 0
		}
		return l.Rank(m.Tiers[engine.DefaultLadder].Tier)
	},
}

type sortable struct {
	key    int64
	member *engine.Member
}

func (a sortable) compare(b sortable) int {
	return cmp.Or(cmp.Compare(a.key, b.key), strings.Compare(a.member.ID, b.member.ID))
}

// sorted looks at everybody and keeps the page after the cursor: "key id" of the
// last one given.
func (s *Members) sorted(ctx context.Context, who Caller, q MemberQuery, f *sieve) (engine.Rows[*engine.Member], error) {
	var out engine.Rows[*engine.Member]
	name, down := strings.CutPrefix(q.Sort, "-")
	keyOf := sortKeys[name]
	if keyOf == nil {
		return out, engine.Invalid(engine.Text{En: "the order is unknown", Zh: "未知的排序"}, engine.Problem{Code: "unknown_value", Path: "/sort",
			Message: engine.Text{En: "members can be sorted by id, joined_at, newest_at, points and rank", Zh: "可按 id、joined_at、newest_at、points、rank 排序"}})
	}
	after, err := readSortCursor(q.Cursor)
	if err != nil {
		return out, err
	}
	view, err := s.state(ctx, who)
	if err != nil {
		return out, err
	}
	best := page{limit: q.Limit}
	if name == "joined_at" && f.all() && q.Group == "" {
		return s.byJoining(ctx, who, q, &best, after, down)
	}
	f.timed = f.timed || name == "newest_at"
	err = s.everyone(ctx, who, q.Group, f, func(m *engine.Member) error {
		one := sortable{key: keyOf(m, view.Defs), member: m}
		if down {
			one.key = -one.key
		}
		if (after.member == nil || one.compare(after) > 0) && f.admits(m) == engine.Yes {
			best.offer(one)
		}
		return f.err
	})
	if err != nil {
		return out, err
	}
	return best.rows(), nil
}

// rows are the page's members, with the cursor of the next one.
func (p *page) rows() engine.Rows[*engine.Member] {
	var out engine.Rows[*engine.Member]
	list, more := p.finish()
	for _, x := range list {
		out.Items = append(out.Items, x.member)
	}
	if more {
		last := list[len(list)-1]
		out.Next = strconv.FormatInt(last.key, 36) + " " + last.member.ID
	}
	return out
}

// all is whether everybody is wanted.
func (f *sieve) all() bool { return f.condition == nil && f.words == nil }

// joining is what of a member the order of joining needs: reading no more of it
// takes a fraction of the time.
type joining struct {
	ID         string      `json:"id"`
	JoinedAt   engine.Time `json:"joined_at"`
	MergedInto string      `json:"merged_into"`
}

// byJoining gives everybody in the order in which they joined, which pages begin
// with: only those on the page are read whole.
func (s *Members) byJoining(ctx context.Context, who Caller, q MemberQuery, best *page, after sortable, down bool) (engine.Rows[*engine.Member], error) {
	none := engine.Rows[*engine.Member]{}
	at := engine.Page{Limit: lookPage}
	for looked := 0; ; looked += lookPage {
		if looked >= maxLookAll {
			return none, tooLarge()
		}
		rows, err := s.reader(who).ListRecords(ctx, engine.MemberRecord, "", at)
		if err != nil {
			return none, fmt.Errorf("list members: %w", err)
		}
		for _, r := range rows.Items {
			var m joining
			if err := json.Unmarshal(r.Body, &m); err != nil {
				return none, fmt.Errorf("read member: %w", err)
			}
			one := sortable{key: int64(m.JoinedAt), member: &engine.Member{ID: m.ID}}
			if down {
				one.key = -one.key
			}
			if m.MergedInto == "" && (after.member == nil || one.compare(after) > 0) {
				best.offer(one)
			}
		}
		if at.Cursor = rows.Next; rows.Next == "" {
			break
		}
	}
	out := best.rows()
	return out, s.whole(ctx, who, out.Items)
}

// whole reads members of whom only the id is known.
func (s *Members) whole(ctx context.Context, who Caller, list []*engine.Member) error {
	keys := make([]engine.RecordKey, len(list))
	for i, m := range list {
		keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: m.ID}
	}
	found, err := s.reader(who).Records(ctx, keys)
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	for i, key := range keys {
		if found[key] == nil {
			continue // gone since; the page says no more than who it was
		}
		if list[i], err = readMember(found[key]); err != nil {
			return err
		}
	}
	return nil
}

func readSortCursor(cursor string) (sortable, error) {
	if cursor == "" {
		return sortable{}, nil
	}
	number, id, ok := strings.Cut(cursor, " ")
	key, err := strconv.ParseInt(number, 36, 64)
	if !ok || err != nil || id == "" {
		return sortable{}, BadCursor()
	}
	return sortable{key: key, member: &engine.Member{ID: id}}, nil
}

// BadCursor is the error of a cursor that no page gave.
func BadCursor() error {
	return engine.Invalid(engine.Text{En: "the cursor is not one of ours", Zh: "游标无效"}, engine.Problem{Code: "bad_cursor", Path: "/cursor",
		Message: engine.Text{En: "pass the next of the page before, with the same filters", Zh: "请原样传回上一页的 next，筛选条件保持不变"}})
}

// page keeps the first limit of what it is offered, in bounded memory.
type page struct {
	limit int
	list  []sortable
	more  bool
}

func (p *page) offer(x sortable) {
	p.list = append(p.list, x)
	if len(p.list) > 4*p.limit+64 {
		p.cut()
	}
}

func (p *page) cut() {
	slices.SortFunc(p.list, sortable.compare)
	if len(p.list) > p.limit {
		clear(p.list[p.limit:])
		p.list, p.more = p.list[:p.limit], true
	}
}

func (p *page) finish() ([]sortable, bool) {
	p.cut()
	return p.list, p.more
}
