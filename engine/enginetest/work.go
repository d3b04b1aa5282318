package enginetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func definitionsAt(t *testing.T, s engine.Store) {
	ctx := context.Background()
	define := func(kind engine.DefinitionKind, key string, revision int64, body string) {
		write(t, s, space, func(c *engine.Changes) {
			c.Revision = revision
			d := engine.Definition{Kind: kind, Key: key, Revision: revision, By: "me", At: at(int(revision))}
			if body != "" {
				d.Body = []byte(body)
			}
			c.Definitions = []engine.Definition{d}
		})
	}
	define("rule", "a", 1, `{"v":1}`)
	define("group", "a", 2, `{"v":"group"}`)
	define("rule", "b", 3, `{"v":3}`)
	define("rule", "a", 4, `{"v":4}`)
	define("rule", "b", 5, "")
	define("rule", "b", 7, `{"v":7}`)
	for revision, want := range map[int64]string{
		1: "rule/a@1", 2: "group/a@2 rule/a@1", 3: "group/a@2 rule/a@1 rule/b@3", 4: "group/a@2 rule/a@4 rule/b@3",
		5: "group/a@2 rule/a@4", 6: "group/a@2 rule/a@4", 7: "group/a@2 rule/a@4 rule/b@7", 0: "group/a@2 rule/a@4 rule/b@7",
	} {
		found, err := s.Reader(space).DefinitionsAt(ctx, revision)
		ok(t, err)
		equal(t, fmt.Sprintf("revision %d", revision), names(found), want)
		ok(t, s.Within(ctx, space, func(tx engine.Tx) error {
			found, err := tx.Definitions(ctx, revision)
			equal(t, fmt.Sprintf("revision %d in the lane", revision), names(found), want)
			return err
		}))
	}
	versions, err := s.Reader(space).DefinitionVersions(ctx, "rule", "b")
	ok(t, err)
	equal(t, "versions", names(versions), "rule/b@7 rule/b@5 rule/b@3")
	if versions[1].Body != nil || string(versions[2].Body) != `{"v":3}` || versions[2].By != "me" || versions[2].At != at(3) {
		t.Fatalf("versions came back as %+v", versions)
	}
	define("rule", "b", 7, `{"v":"again"}`) // the same revision is written over
	versions, err = s.Reader(space).DefinitionVersions(ctx, "rule", "b")
	ok(t, err)
	equal(t, "an overwritten version", string(versions[0].Body), `{"v":"again"}`)
	equal(t, "versions", len(versions), 3)
}

func names(definitions []engine.Definition) (s string) {
	for i, d := range definitions {
		if i > 0 {
			s += " "
		}
		s += fmt.Sprintf("%s/%s@%d", d.Kind, d.Key, d.Revision)
	}
	return s
}

func itemsListed(t *testing.T, s engine.Store) {
	var all []engine.Item
	for n := range 40 {
		i := engine.Item{Kind: []string{"task", "lead"}[n%2], ID: fmt.Sprintf("i%02d", n), State: []string{"open", "done"}[n%3%2], Member: fmt.Sprint("m", n%5),
			Group: fmt.Sprint("g", n%3), Owner: fmt.Sprint("u", n%4), Rule: fmt.Sprint("r", n%2), At: at(n / 4), Due: at(100 - n), Version: int64(n), Body: fmt.Appendf(nil, `{"n":%d}`, n)}
		if n%7 == 0 {
			i.Due = 0
		}
		all = append(all, i)
	}
	write(t, s, space, func(c *engine.Changes) { c.Items = all[:20] })
	write(t, s, space, func(c *engine.Changes) { c.Items = all[20:] })
	all[4].State, all[4].Owner, all[4].Body = "done", "", []byte(`{}`)
	write(t, s, space, func(c *engine.Changes) { c.Items = all[4:5] })
	slices.SortFunc(all, func(a, b engine.Item) int {
		if a.At != b.At {
			return int((b.At - a.At) / 1_000_000)
		}
		return slices.Compare([]byte(b.ID), []byte(a.ID))
	})
	for _, q := range []engine.ItemQuery{{}, {State: "open"}, {Member: "m2"}, {Member: "m2", Parts: []string{"m4", "m9"}}, {Parts: []string{"m1"}}, {Group: "g1", State: "done"}, {Owner: "u2"}, {Rule: "r0"}, {Rule: "r1"}, {DueBefore: at(80)}, {State: "none"}} {
		for _, q.Kind = range []string{"task", "lead", "none"} {
			var want []string
			for i := range all {
				if itemIs(&q, &all[i]) {
					want = append(want, text(t, all[i])+string(all[i].Body))
				}
			}
			for _, limit := range []int{1, 6, 100} {
				got := pages(t, limit, func(p engine.Page) (engine.Rows[string], error) {
					q.Page = p
					rows, err := s.Reader(space).ListItems(context.Background(), q)
					return withBodies(t, rows), err
				})
				same(t, fmt.Sprintf("%+v", q), got, texts(t, want))
			}
		}
	}
}

func withBodies(t *testing.T, rows engine.Rows[engine.Item]) (out engine.Rows[string]) {
	for _, i := range rows.Items {
		out.Items = append(out.Items, text(t, i)+string(i.Body))
	}
	out.Next = rows.Next
	return out
}

func itemIs(q *engine.ItemQuery, i *engine.Item) bool {
	return q.Kind == i.Kind && (q.State == "" || q.State == i.State) && (q.Member == "" || q.Member == i.Member || slices.Contains(q.Parts, i.Member)) && (q.Group == "" || q.Group == i.Group) &&
		(q.Owner == "" || q.Owner == i.Owner) && (q.Rule == "" || q.Rule == i.Rule) && (q.DueBefore == 0 || i.Due > 0 && i.Due < q.DueBefore)
}

func timersDue(t *testing.T, s engine.Store) {
	timer := func(due int, key string) engine.Timer {
		return engine.Timer{Due: at(due), Key: key, Kind: "after", Body: []byte(key)}
	}
	due := func(now, limit int) (found string) {
		rows, err := s.DueTimers(context.Background(), at(now), limit)
		ok(t, err)
		for _, r := range rows {
			found += fmt.Sprintf("%s/%s@%d=%s%s ", r.Workspace, r.Key, (r.Due-at(0))/1_000_000, r.Kind, r.Body)
		}
		return found
	}
	write(t, s, space, func(c *engine.Changes) { c.Timers = []engine.Timer{timer(30, "c"), timer(10, "a"), timer(20, "b")} })
	write(t, s, "other", func(c *engine.Changes) { c.Timers = []engine.Timer{timer(15, "a"), timer(10, "z")} })
	equal(t, "before", due(9, 10), "")
	equal(t, "due", due(20, 10), "community/a@10=aftera other/z@10=afterz other/a@15=aftera community/b@20=afterb ")
	equal(t, "limited", due(99, 2), "community/a@10=aftera other/z@10=afterz ")
	write(t, s, space, func(c *engine.Changes) { c.Timers = []engine.Timer{timer(40, "a")} })
	equal(t, "moved", due(20, 10), "other/z@10=afterz other/a@15=aftera community/b@20=afterb ")
	write(t, s, space, func(c *engine.Changes) { c.TimersDone = []engine.Timer{timer(10, "a"), timer(20, "b")} })
	equal(t, "done at its time only", due(99, 10), "other/z@10=afterz other/a@15=aftera community/c@30=afterc community/a@40=aftera ")
	write(t, s, space, func(c *engine.Changes) {
		c.TimersDone, c.Timers = []engine.Timer{timer(30, "c"), timer(40, "a")}, []engine.Timer{timer(30, "c"), timer(41, "a")}
	})
	equal(t, "set again", due(99, 10), "other/z@10=afterz other/a@15=aftera community/c@30=afterc community/a@41=aftera ")
}

func field(member string, position int64, name, value string) engine.PersonalField {
	return engine.PersonalField{Member: member, Position: position, Name: name, Value: value}
}

func personalErased(t *testing.T, s engine.Store) {
	fields := func(member string) (found string) {
		rows, err := s.Reader(space).PersonalFields(context.Background(), member)
		ok(t, err)
		for _, f := range rows {
			found += fmt.Sprintf("%d.%s=%s ", f.Position, f.Name, f.Value)
		}
		return found
	}
	write(t, s, space, func(c *engine.Changes) {
		c.Personal = []engine.PersonalField{field("m1", 5, "text", "你好😀"), field("m1", 0, "phone", "1"), field("m1", 0, "name", "An"), field("m2", 5, "text", "b")}
	})
	equal(t, "fields", fields("m1"), "0.name=An 0.phone=1 5.text=你好😀 ")
	write(t, s, space, func(c *engine.Changes) {
		c.Personal = []engine.PersonalField{field("m1", 0, "phone", "2"), field("m1", 5, "text", ""), field("m1", 9, "absent", "")}
	})
	equal(t, "after a change", fields("m1"), "0.name=An 0.phone=2 ")
	write(t, s, space, func(c *engine.Changes) {
		c.Personal = []engine.PersonalField{field("m1", 0, "phone", ""), field("m1", 0, "name", "")}
	})
	equal(t, "after erasing", fields("m1"), "")
	equal(t, "another member's", fields("m2"), "5.text=b ")
}
