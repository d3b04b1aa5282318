package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// What a list may cost: members looked at for one page in the order of ids, and
// for one that needs all of them (sorted, or counted).
const (
	maxLookPage = 20_000
	maxLookAll  = 500_000
	lookPage    = 500
)

// MemberQuery selects members.
type MemberQuery struct {
	Where string
	Words string // what people know of somebody: see search.go
	Group string // only members of it
	Sort  string // "" or "id", or see sorting.go
	engine.Page
}

// List gives members that fulfil a condition. A page may hold fewer than asked
// for while there is a next one: looking is bounded, not finding.
func (s *Members) List(ctx context.Context, who Caller, q MemberQuery) (engine.Rows[*Member], error) {
	sieve, err := s.sieve(ctx, who, q.Where)
	if err != nil {
		return engine.Rows[*Member]{}, err
	}
	sieve.words = s.search(who, q.Words)
	var found engine.Rows[*engine.Member]
	if q.Sort == "" || q.Sort == "id" {
		found, err = s.walk(ctx, who, q, sieve)
	} else {
		found, err = s.sorted(ctx, who, q, sieve)
	}
	if err != nil {
		return engine.Rows[*Member]{}, err
	}
	list, err := s.dressAll(ctx, who, found.Items)
	return engine.Rows[*Member]{Items: list, Next: found.Next}, err
}

// walk goes through members by id from a cursor until the page is full.
func (s *Members) walk(ctx context.Context, who Caller, q MemberQuery, f *sieve) (engine.Rows[*engine.Member], error) {
	out := engine.Rows[*engine.Member]{Next: q.Cursor}
	for looked := 0; len(out.Items) < q.Limit && looked < maxLookPage; {
		n := q.Limit - len(out.Items) // all of them fit, so that the cursor is exact
		if f.rare() {
			n = max(n, lookPage)
		}
		at := engine.Page{Cursor: out.Next, Limit: n}
		page, next, err := s.page(ctx, who, q.Group, at)
		if err != nil {
			return out, err
		}
		looked += n
		if err := f.time(ctx, who, s, page); err != nil {
			return out, err
		}
		list, err := f.pass(ctx, page)
		if err != nil {
			return out, err
		}
		if room := q.Limit - len(out.Items); len(list) > room {
			list = list[:room]
			next, err = s.after(ctx, who, q.Group, at, list[room-1].ID)
			if err != nil {
				return out, err
			}
		}
		out.Items = append(out.Items, list...)
		if out.Next = next; next == "" {
			break
		}
	}
	return out, nil
}

// after gives the cursor of what comes after a member of a page.
func (s *Members) after(ctx context.Context, who Caller, group string, p engine.Page, id string) (string, error) {
	for n, most := 1, p.Limit; ; { // halves the stretch that holds the last row up to the id
		p.Limit = (n + most) / 2
		page, next, err := s.page(ctx, who, group, p)
		if err != nil || n >= most {
			return next, err
		}
		if len(page) > 0 && page[len(page)-1].ID >= id {
			most = p.Limit
		} else {
			n = p.Limit + 1
		}
	}
}

// page reads members by id, of the workspace or of a group. Merged ones are no
// longer members.
func (s *Members) page(ctx context.Context, who Caller, group string, p engine.Page) (list []*engine.Member, next string, err error) {
	var rows engine.Rows[engine.Record]
	if group == "" {
		rows, err = s.reader(who).ListRecords(ctx, engine.MemberRecord, "", p)
	} else {
		rows, err = s.roster(ctx, who, group, p)
	}
	if err != nil {
		return nil, "", fmt.Errorf("list members: %w", err)
	}
	for _, r := range rows.Items {
		m, err := readMember(r.Body)
		if err != nil {
			return nil, "", err
		}
		if m.MergedInto == "" {
			list = append(list, m)
		}
	}
	return list, rows.Next, nil
}

// roster reads the members of a group by the marks that list them.
func (s *Members) roster(ctx context.Context, who Caller, group string, p engine.Page) (engine.Rows[engine.Record], error) {
	prefix := machine.RosterPrefix(group)
	marks, err := s.reader(who).ListRecords(ctx, engine.MarkRecord, prefix, p)
	if err != nil {
		return marks, err
	}
	keys := make([]engine.RecordKey, len(marks.Items))
	for i, m := range marks.Items {
		keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: m.Key[len(prefix):]}
	}
	found, err := s.reader(who).Records(ctx, keys)
	out := engine.Rows[engine.Record]{Next: marks.Next}
	for _, k := range keys {
		if body := found[k]; body != nil {
			out.Items = append(out.Items, engine.Record{Kind: k.Kind, Key: k.Key, Body: body})
		}
	}
	return out, err
}

// Count is how many members fulfil a condition, and for how many it is unknown.
type Count struct {
	Count   int `json:"count"`
	Unknown int `json:"unknown"`
}

// Count looks at all members.
func (s *Members) Count(ctx context.Context, who Caller, where string) (Count, error) {
	return s.CountAll(ctx, who, MemberQuery{Where: where})
}

// CountAll counts those whom a query selects, whatever its order and page.
func (s *Members) CountAll(ctx context.Context, who Caller, q MemberQuery) (Count, error) {
	var n Count
	f, err := s.sieve(ctx, who, q.Where)
	if err != nil {
		return n, err
	}
	f.words = s.search(who, q.Words)
	err = s.everyone(ctx, who, q.Group, f, func(m *engine.Member) error {
		switch f.admits(m) {
		case engine.Yes:
			n.Count++
		case engine.Maybe:
			n.Unknown++
		}
		return f.err
	})
	return n, err
}

// everyone visits all members of the workspace or a group whom the words of a
// sieve name, within bounds.
func (s *Members) everyone(ctx context.Context, who Caller, group string, f *sieve, visit func(*engine.Member) error) error {
	at := engine.Page{Limit: lookPage}
	for looked := 0; ; looked += lookPage {
		if looked >= maxLookAll {
			return tooLarge()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		list, next, err := s.page(ctx, who, group, at)
		if err != nil {
			return err
		}
		if list, err = f.words.named(ctx, list); err != nil {
			return err
		}
		if err := f.time(ctx, who, s, list); err != nil {
			return err
		}
		for _, m := range list {
			if err := visit(m); err != nil {
				return err
			}
		}
		if at.Cursor = next; next == "" {
			return nil
		}
	}
}

func tooLarge() error {
	return engine.Invalid(engine.Text{En: "the community is too large to look at everybody here", Zh: "成员过多，无法逐一查看"},
		engine.Problem{Code: "too_many", Path: "/sort", Message: engine.Text{
			En: fmt.Sprintf("sorting and counting look at up to %d members", maxLookAll), Zh: fmt.Sprintf("排序与统计最多查看 %d 名成员", maxLookAll)},
			Hint: engine.Text{En: "list in the order of ids, or by group", Zh: "请按 id 顺序或按群查看"}})
}

// sieve decides a condition on members as they are now.
type sieve struct {
	condition engine.Condition // nil: all
	words     *search          // nil: all
	counting  *counting        // nil: the condition counts nothing
	timed     bool             // members are to say when they were last heard of
	facts     engine.Facts
	err       error
}

// sieve compiles a condition; its problems are at /where.
func (s *Members) sieve(ctx context.Context, who Caller, where string) (*sieve, error) {
	if where == "" {
		return &sieve{}, nil
	}
	view, err := s.state(ctx, who)
	if err != nil {
		return nil, err
	}
	f, problems := s.Language.Filter(where, view.Defs)
	for i := range problems {
		problems[i].Path = "/where"
	}
	if err := engine.Invalid(engine.Text{En: "the filter has problems", Zh: "筛选条件有误"}, problems...); err != nil {
		return nil, err
	}
	loc, err := calendar.LoadZone(view.Defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	out := &sieve{condition: f.Condition, facts: engine.Facts{Defs: view.Defs, Now: who.Now, Zone: calendar.NewZone(loc)}}
	if out.counting, err = s.newCounting(ctx, who, f, &out.facts); err != nil {
		return nil, err
	}
	if out.counting != nil {
		out.facts.Metrics, out.timed = out.counting, true
	}
	return out, nil
}

// time reads when members were last heard of, where that is asked for.
func (f *sieve) time(ctx context.Context, who Caller, s *Members, list []*engine.Member) error {
	if !f.timed {
		return nil
	}
	return s.heard(ctx, who, list)
}

// rare is whether most members may be left out.
func (f *sieve) rare() bool { return f.condition != nil || f.words != nil }

// pass gives those of a page who are named and admitted.
func (f *sieve) pass(ctx context.Context, page []*engine.Member) ([]*engine.Member, error) {
	page, err := f.words.named(ctx, page)
	list := page[:0]
	for _, m := range page {
		if f.admits(m) == engine.Yes {
			list = append(list, m)
		}
	}
	return list, errors.Join(err, f.err)
}

// admits decides for one member. A rule error (overflow) ends the list with err.
func (f *sieve) admits(m *engine.Member) engine.Tri {
	if f.condition == nil {
		return engine.Yes
	}
	f.facts.Member, f.facts.Steps = m, engine.MaxSteps
	t, err := f.condition.Eval(&f.facts)
	if f.counting != nil && f.counting.err != nil && f.err == nil {
		f.err = f.counting.err
	}
	if err != nil && f.err == nil {
		f.err = engine.Invalid(engine.Text{En: "the filter fails", Zh: "筛选条件出错"},
			engine.Problem{Code: "fails", Path: "/where", Message: engine.Text{En: err.Error(), Zh: "计算出错：" + err.Error()}})
	}
	return t
}
