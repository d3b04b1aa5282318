package backtesting

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Result is what a back-test found. Hash is the same for the same question
// about the same log, on every run and every database.
type Result struct {
	Rule     string      `json:"rule"`
	Old      int         `json:"old_version,omitempty"` // 0: the rule was not live
	From     engine.Time `json:"from"`
	To       engine.Time `json:"to"`
	Position int64       `json:"position"` // of the log, up to which it was read
	Revision int64       `json:"revision"`
	Events   int64       `json:"events"` // that lie in the range
	Days     []Day       `json:"days"`
	Before   Cost        `json:"before"` // with the old version
	After    Cost        `json:"after"`  // with the new one
	Gained   int64       `json:"gained"` // members who match now and did not
	Lost     int64       `json:"lost"`
	Same     int64       `json:"same"`
	Pyramid  []Step      `json:"pyramid"`
	Samples  []Sample    `json:"samples"`
	Coverage Coverage    `json:"coverage"`
	Hash     string      `json:"hash,omitempty"`
	Members  []Member    `json:"members"`
	More     bool        `json:"more,omitempty"` // members, which are read in pages
}

// Day is how many decisions came true on a local day.
type Day struct {
	Day string `json:"day"`
	Old int64  `json:"old"`
	New int64  `json:"new"`
}

// Cost is what one version did in the range.
type Cost struct {
	Matches    int64                   `json:"matches"`
	Members    int64                   `json:"members"`
	Unknown    int64                   `json:"unknown"`
	UnknownWhy map[engine.Reason]int64 `json:"unknown_why"`
	Stopped    map[engine.Reason]int64 `json:"stopped"` // came true and did nothing
	Errors     int64                   `json:"errors"`
	Answers    map[string]int64        `json:"answers"` // of thresholds
	Points     map[string]int64        `json:"points"`  // by account
	Badges     map[string]int64        `json:"badges"`
	Coupons    map[string]int64        `json:"coupons"` // by pool
	Privileges map[string]int64        `json:"privileges"`
	Effects    map[string]int64        `json:"effects"` // how many of each kind
	Tasks      int64                   `json:"tasks"`
	Agreed     int64                   `json:"agreed,omitempty"` // moves of reviews that no officer gave a word on: taken as agreed when the notice ends
	Messages   Messages                `json:"messages"`
}

// Messages is what would have been sent. Held ones are told by what held them
// first; they go later, or count among the dropped too.
type Messages struct {
	Made    int64                   `json:"made"`
	Sent    int64                   `json:"sent"`
	Held    map[engine.Reason]int64 `json:"held"`
	Dropped map[engine.Reason]int64 `json:"dropped"`
}

// NewCost is that of nothing.
func NewCost() Cost { return newCost() }

// Add counts one effect that happened.
func (c *Cost) Add(e *engine.Effect) { c.add(e) }

func newCost() Cost {
	reasons := func() map[engine.Reason]int64 { return map[engine.Reason]int64{} }
	counts := func() map[string]int64 { return map[string]int64{} }
	return Cost{UnknownWhy: reasons(), Stopped: reasons(), Answers: counts(), Points: counts(), Badges: counts(), Coupons: counts(),
		Privileges: counts(), Effects: counts(), Messages: Messages{Held: reasons(), Dropped: reasons()}}
}

// copied is a cost that nobody goes on counting.
func (c *Cost) copied() Cost {
	out := *c
	for _, m := range []*map[engine.Reason]int64{&out.UnknownWhy, &out.Stopped, &out.Messages.Held, &out.Messages.Dropped} {
		*m = maps.Clone(*m)
	}
	for _, m := range []*map[string]int64{&out.Answers, &out.Points, &out.Badges, &out.Coupons, &out.Privileges, &out.Effects} {
		*m = maps.Clone(*m)
	}
	return out
}

// add counts one effect that happened.
func (c *Cost) add(e *engine.Effect) {
	if e.Reason != "" {
		return
	}
	c.Effects[string(e.Kind)]++
	field := func(name string) string { return e.Fields[name].Text0() }
	switch e.Kind {
	case engine.GrantPoints, engine.Pay:
		c.Points[cmp.Or(field("account"), engine.DefaultAccount)] += e.Fields["amount"].Num
	case engine.AwardBadge:
		c.Badges[field("badge")]++
	case engine.IssueCoupon, engine.Draw:
		c.Coupons[field("pool")]++
	case engine.GrantPrivilege:
		c.Privileges[field("privilege")]++
	}
}

// Step is how many members stand on a tier at the end of the range.
type Step struct {
	Ladder string `json:"ladder"`
	Tier   string `json:"tier"`
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}

// Coverage is how far the data reach back.
type Coverage struct {
	Since    engine.Time            `json:"since,omitempty"` // the first event of all
	Channels map[string]engine.Time `json:"channels"`        // since when each is heard of
}

// The changes of a member.
const (
	Gained = "gained"
	Lost   = "lost"
	Same   = "same"
)

// Member is somebody who matched, before or now. Matches are the new version's,
// of the lost the old one's.
type Member struct {
	ID         string            `json:"id"`
	Identities []engine.Identity `json:"identities"`
	Change     string            `json:"change"`
	Matches    int64             `json:"matches"`
	Before     int64             `json:"before"`
}

// Sample is one decision with its reasons.
type Sample struct {
	Member  string          `json:"member"`
	Change  string          `json:"change"`
	At      engine.Time     `json:"at"`
	Reason  engine.Reason   `json:"reason,omitempty"` // why it did nothing
	Finding *engine.Finding `json:"finding"`
}

// result is what is known by now, without the members.
func (r *run) result() *Result {
	out := &Result{Rule: r.Rule, From: r.From, To: r.To, Position: r.Position, Revision: r.Revision, Events: r.events,
		Before: r.old.cost.copied(), After: r.new.cost.copied(), Days: r.byDay(), Pyramid: []Step{}, Samples: []Sample{}, Members: []Member{}}
	if r.old.rule != nil {
		out.Old = r.old.rule.Version
	}
	out.Before.Members, out.After.Members = int64(len(r.old.matches)), int64(len(r.new.matches))
	for id := range r.new.matches {
		if r.old.matches[id] > 0 {
			out.Same++
		} else {
			out.Gained++
		}
	}
	out.Lost = out.Before.Members - out.Same
	out.Coverage = Coverage{Since: r.begun, Channels: map[string]engine.Time{}}
	return out
}

func (r *run) byDay() []Day {
	days := map[string]*Day{}
	at := func(day string) *Day {
		if days[day] == nil {
			days[day] = &Day{Day: day}
		}
		return days[day]
	}
	for day, n := range r.old.days {
		at(day).Old = n
	}
	for day, n := range r.new.days {
		at(day).New = n
	}
	out := []Day{}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		out = append(out, *days[day])
	}
	return out
}

// members lists everybody who matched.
func (r *run) members() []Member {
	all := map[string]*Member{}
	for id, n := range r.old.matches {
		all[id] = &Member{ID: id, Change: Lost, Matches: n, Before: n, Identities: []engine.Identity{}}
	}
	for id, n := range r.new.matches {
		if m := all[id]; m != nil {
			m.Change, m.Matches = Same, n
			continue
		}
		all[id] = &Member{ID: id, Change: Gained, Matches: n, Identities: []engine.Identity{}}
	}
	out := make([]Member, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		out = append(out, *all[id])
	}
	return out
}

// identify gives members their identities.
func (r *run) identify(ctx context.Context, out *Result) error {
	for part := range slices.Chunk(out.Members, 1000) {
		keys := make([]engine.RecordKey, len(part))
		for i := range part {
			keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: part[i].ID}
		}
		found, err := r.new.sim.Reader().Records(ctx, keys)
		if err != nil {
			return err
		}
		for i := range part {
			var m engine.Member
			if body := found[keys[i]]; body != nil {
				if err := json.Unmarshal(body, &m); err != nil {
					return fmt.Errorf("member %s: %w", part[i].ID, err)
				}
			}
			part[i].Identities = append(part[i].Identities, m.Identities...)
		}
	}
	return nil
}

// shownSamples is how many explained decisions a result has.
const shownSamples = 50

// standing adds what is known only in the end: the tiers, the samples, and since
// when there are data.
func (r *run) standing(out *Result) {
	out.Pyramid = r.pyramid()
	change := map[string]string{}
	for i := range out.Members {
		change[out.Members[i].ID] = out.Members[i].Change
	}
	for _, s := range []*side{r.new, r.old} {
		if s.watch == nil {
			continue
		}
		for _, x := range s.watch.Sampled() {
			if c := change[x.Decision.Subject]; c != "" && (s == r.new) == (c != Lost) {
				out.Samples = append(out.Samples, Sample{x.Decision.Subject, c, x.Decision.At, x.Decision.Reason, x.Finding})
			}
		}
	}
	rank := map[string]int{Gained: 0, Lost: 1, Same: 2}
	slices.SortFunc(out.Samples, func(a, b Sample) int {
		return cmp.Or(rank[a.Change]-rank[b.Change], cmp.Compare(a.At, b.At), cmp.Compare(a.Member, b.Member))
	})
	out.Samples = out.Samples[:min(len(out.Samples), shownSamples)]
	r.new.sim.Each(engine.MarkRecord, func(key string, body []byte) {
		if channel, ok := strings.CutPrefix(key, machine.CoveragePrefix); ok {
			var at int64
			if json.Unmarshal(body, &at) == nil {
				out.Coverage.Channels[channel] = engine.Time(at)
			}
		}
	})
}

// pyramid counts who stands where at the end of the range, before and after.
func (r *run) pyramid() []Step {
	out := []Step{}
	defs := r.new.sim.View().Defs
	counts := [2]map[string]int64{{}, {}}
	for i, s := range []*side{r.old, r.new} {
		s.sim.Each(engine.MarkRecord, func(key string, _ []byte) {
			if place, ok := machine.TierOf(key); ok {
				counts[i][place]++
			}
		})
	}
	for _, key := range slices.Sorted(maps.Keys(defs.Ladders)) {
		for _, tier := range defs.Ladders[key].Tiers {
			place := machine.TierPrefix(key, tier.Key)
			if a, b := counts[0][place], counts[1][place]; a != 0 || b != 0 {
				out = append(out, Step{key, tier.Key, a, b})
			}
		}
	}
	return out
}

// seal computes the hash of everything else.
func (r *Result) seal() error {
	r.Hash = ""
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("hash the result: %w", err)
	}
	sum := sha256.Sum256(body)
	r.Hash = hex.EncodeToString(sum[:])
	return nil
}
