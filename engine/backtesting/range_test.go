package backtesting_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

const hello = "hello"

func said(n int, who, moment string, props ...engine.Prop) engine.Event {
	return engine.Event{ID: fmt.Sprint("s", n), Type: hello, At: at(moment), Props: props,
		Member: engine.MemberRef{Identity: engine.Identity{Channel: "c", ExternalID: who}}}
}

// A schedule that is due at the first moment of the range is in it, and one that
// is due at its end is not: four midnights of two members, in the zone of the
// workspace.
func TestASchedulesFirstMidnight(t *testing.T) {
	p := newPast(t)
	const nightly = "key: nightly\nkind: campaign\ntitle: {en: N}\nevery: \"0 0 * * *\"\nthen: [{grant_points: {amount: %d}}, {create_task: {to: user, user: olga, text: Look}}]\n"
	p.happen(said(1, "ada", "2026-03-01T08:00:00Z"), said(2, "bo", "2026-03-01T09:00:00Z"), said(3, "ada", "2026-03-09T09:00:00Z"))
	r := p.test(fmt.Sprintf(nightly, 3), "", at("2026-03-02T16:00:00Z"), at("2026-03-06T16:00:00Z"))
	if r.After.Matches != 8 || r.After.Points[engine.DefaultAccount] != 24 || r.After.Tasks != 8 || r.Gained != 2 || r.Lost+r.Same != 0 {
		t.Errorf("%+v", r)
	}
	for i, d := range r.Days {
		if want := fmt.Sprint("2026-03-0", 3+i); d.Day != want || d.New != 2 || d.Old != 0 || len(r.Days) != 4 {
			t.Errorf("days %v", r.Days)
		}
	}
	p.publish(fmt.Sprintf(nightly, 1))
	r = p.test(fmt.Sprintf(nightly, 3), `member.id != ""`, at("2026-03-02T16:00:00Z"), at("2026-03-06T16:00:00Z"))
	if r.Before.Points[engine.DefaultAccount] != 8 || r.After.Points[engine.DefaultAccount] != 24 || r.Same != 2 || r.Gained+r.Lost != 0 {
		t.Errorf("against the version of 1 point: %+v and %+v", r.Before, r.After)
	}
}

// A threshold's answers are all counted: who is admitted while there are seats,
// who waits for one or because nobody knows, and who is denied.
func TestThresholdsWithSeats(t *testing.T) {
	p := newPast(t)
	p.define(engine.DefineGroup, "hall", engine.GroupDef{Key: "hall", Capacity: 3})
	const door = "key: door\nkind: threshold\ntitle: {en: D}\ngroup: hall\nwhen: 'event.props.age >= %d'\nthen: [admit]\n"
	ages := []int64{30, 10, 40, -1, 17, 16, 50, 12}
	start := at("2026-03-02T08:00:00Z")
	for i, age := range ages {
		e := said(i, fmt.Sprint("m", i), "2026-03-02T08:00:00Z")
		e.Type, e.Group, e.At = "group.applied", "hall", start.Add(time.Duration(i)*time.Hour)
		if age >= 0 {
			e.Props = []engine.Prop{{Name: "age", Value: engine.IntValue(age)}}
		}
		p.happen(e)
	}
	p.publish(fmt.Sprintf(door, 18))
	byHand := func(least int64) (answers map[string]int64, in map[string]bool) {
		answers, in = map[string]int64{}, map[string]bool{}
		for i, age := range ages {
			switch {
			case age < 0:
				answers["wait"]++
			case age < least:
				answers["deny"]++
			case len(in) == 3:
				answers["wait"]++
			default:
				answers["admit"]++
				in[fmt.Sprint("m", i)] = true
			}
		}
		return answers, in
	}
	r := p.test(fmt.Sprintf(door, 16), "", ever, forever+at("2027-01-01T00:00:00Z")-at("2026-01-01T00:00:00Z"))
	before, was := byHand(18)
	after, is := byHand(16)
	if !maps.Equal(r.Before.Answers, before) || !maps.Equal(r.After.Answers, after) || r.After.Stopped[engine.NoSeat] != 2 {
		t.Errorf("answers %v and %v, by hand %v and %v; stopped %v", r.Before.Answers, r.After.Answers, before, after, r.After.Stopped)
	}
	for _, m := range r.Members {
		who := m.Identities[0].ExternalID
		want := map[[2]bool]string{{false, true}: "gained", {true, false}: "lost", {true, true}: "same"}[[2]bool{was[who], is[who]}]
		if m.Change != want {
			t.Errorf("%s is %s, by hand %q", who, m.Change, want)
		}
	}
	if r.Gained != 1 || r.Lost != 1 || r.Same != 2 { // the seventeen-year-old takes the last seat of the fifty-year-old
		t.Errorf("%d gained, %d lost, %d the same", r.Gained, r.Lost, r.Same)
	}
}

// Limits and budgets stop as many as a plain count says.
func TestLimitsAndBudgets(t *testing.T) {
	p := newPast(t)
	const thanks = "key: thanks\nkind: reward\ntitle: {en: T}\non: hello\nthen: [{grant_points: {amount: 'event.props.n'}}]\nlimits: {per_member: {times: %d, per: day}, budget: {points: 40, per: week}, cooldown: 1h}\n"
	start := at("2026-03-02T00:30:00Z") // a Monday morning
	var list []engine.Event
	for i := range 120 {
		e := said(i, fmt.Sprint("m", i*i%5), "2026-03-02T00:30:00Z", engine.Prop{Name: "n", Value: engine.IntValue(int64(1 + i%4))})
		e.At = start.Add(time.Duration(i) * 97 * time.Minute)
		list = append(list, e)
	}
	p.happen(list...)
	p.publish(fmt.Sprintf(thanks, 1))
	byHand := func(times int64) (points int64, stopped map[engine.Reason]int64) {
		stopped = map[engine.Reason]int64{}
		mine, spent, last := map[string]int64{}, map[int64]int64{}, map[string]engine.Time{}
		for _, e := range list {
			day := int64(e.At+8*3600e6) / 86400e6
			week, n := (day+3)/7, e.Prop("n").Num
			who := e.Member.ExternalID
			key := fmt.Sprint(who, day)
			switch {
			case last[who] != 0 && e.At-last[who] < 3600e6:
				stopped[engine.Cooldown]++
			case mine[key] == times:
				stopped[engine.CapReached]++
			case spent[week]+n > 40:
				stopped[engine.OverBudget]++
			default:
				mine[key]++
				spent[week] += n
				last[who] = e.At
				points += n
			}
		}
		return points, stopped
	}
	r := p.test(fmt.Sprintf(thanks, 3), "", at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
	for name, x := range map[string]struct {
		times int64
		got   map[engine.Reason]int64
		sum   int64
	}{"old": {1, r.Before.Stopped, r.Before.Points[engine.DefaultAccount]}, "new": {3, r.After.Stopped, r.After.Points[engine.DefaultAccount]}} {
		points, stopped := byHand(x.times)
		if x.sum != points || !maps.Equal(x.got, stopped) || len(stopped) < 2 {
			t.Errorf("%s: %d points, %v; by hand %d, %v", name, x.sum, x.got, points, stopped)
		}
	}
}

// Who no longer holds a tier falls when the grace is over: the pyramid at the
// end is what a daily look at the raw list gives.
func TestHoldsAndGrace(t *testing.T) {
	p := newPast(t)
	const active = "key: active\nkind: tier\ntitle: {en: A}\non: hello\nwhen: 'events(\"hello\", \"3d\").count() >= 2'\ntier: {to: active, hold: 'events(\"hello\", \"3d\").count() >= 1', grace: %dd}\n"
	p.define(engine.DefineEventType, hello, engine.EventType{Key: hello, Subject: engine.SubjectMember, CoveredFrom: 1})
	for i, who := range []string{"ada", "bo", "cy"} {
		joined := said(100+i, who, "2025-12-01T00:00:00Z")
		joined.Type = "member.joined"
		p.happen(joined)
	}
	var list []engine.Event
	for i, x := range []struct {
		who  string
		days int
	}{{"ada", 0}, {"ada", 0}, {"bo", 0}, {"bo", 0}, {"cy", 0}, {"bo", 3}, {"bo", 6}, {"cy", 7}, {"cy", 8}, {"bo", 9}} {
		e := said(i, x.who, "2026-03-02T03:00:00Z")
		e.At = e.At.Add(time.Duration(x.days)*24*time.Hour + time.Duration(i)*time.Minute)
		list = append(list, e)
	}
	p.happen(list...)
	p.publish(fmt.Sprintf(active, 1))
	to := at("2026-03-12T16:00:00Z")
	r := p.test(fmt.Sprintf(active, 30), "", at("2026-01-01T00:00:00Z"), to)
	byHand := func(grace int) (in, moved int64) {
		tier, failing := map[string]bool{}, map[string]int{}
		within := func(who string, now engine.Time) (n int) {
			for _, e := range list {
				if e.Member.ExternalID == who && e.At <= now && e.At > now.Add(-72*time.Hour) {
					n++
				}
			}
			return n
		}
		next := 0
		for d, midnight := 0, at("2026-03-02T16:00:00Z"); midnight < to; d, midnight = d+1, midnight.Add(24*time.Hour) {
			for ; next < len(list) && list[next].At < midnight; next++ {
				who := list[next].Member.ExternalID
				if !tier[who] && within(who, list[next].At) >= 2 {
					tier[who] = true
					moved++
					delete(failing, who)
				}
			}
			for _, who := range []string{"ada", "bo", "cy"} {
				since, fails := failing[who]
				switch {
				case !tier[who] || within(who, midnight) >= 1:
					delete(failing, who)
				case !fails:
					failing[who] = d
				case d-since >= grace:
					tier[who] = false
					delete(failing, who)
				}
			}
		}
		for _, is := range tier {
			if is {
				in++
			}
		}
		return in, moved
	}
	before, moved := byHand(1)
	after, movedNow := byHand(30)
	if before == after {
		t.Fatalf("the grace makes no difference: %d", before)
	}
	for _, s := range r.Pyramid {
		if s.Tier == "active" && (s.Before != before || s.After != after) {
			t.Errorf("%+v, by hand %d and %d", s, before, after)
		}
	}
	if r.Before.Matches != moved || r.After.Matches != movedNow || len(r.Pyramid) == 0 {
		t.Errorf("%d and %d moved up, by hand %d and %d; %v", r.Before.Matches, r.After.Matches, moved, movedNow, r.Pyramid)
	}
}
