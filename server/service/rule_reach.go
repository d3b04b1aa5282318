package service

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/service/trials"
)

// Reach counts whom a rule's document would touch if it acted for a share of
// members; 0 is all.
func (r *Rules) Reach(ctx context.Context, who Caller, key string, percent int) (trials.Reach, error) {
	rule, err := r.Get(ctx, who, key)
	if err != nil {
		return trials.Reach{}, err
	}
	view, err := r.state(ctx, who)
	if err != nil {
		return trials.Reach{}, err
	}
	if err := r.ready(key, rule.Stored.Document(), view); err != nil {
		return trials.Reach{}, err
	}
	return r.reachOf(ctx, who, rule.Stored.Document(), percent, view)
}

func (r *Rules) reachOf(ctx context.Context, who Caller, document string, percent int, view *machine.View) (trials.Reach, error) {
	doc, _ := rules.Parse([]byte(document))
	book, problems := rules.CompileAlone(doc, 1, rules.Scope{Defs: view.Defs})
	if book == nil {
		return trials.Reach{}, engine.Invalid(engine.Text{En: "the rule does not compile", Zh: "规则无法编译"}, problems...)
	}
	book.Segments = view.Book.Segments
	book.Rules[0].Percent = percent
	n, err := r.Trials.Reach(ctx, trials.Asked{Book: book, Defs: view.Defs, Live: r.reader(who), Now: who.Now})
	if err != nil {
		return n, fmt.Errorf("count whom the rule touches: %w", err)
	}
	if percent == 0 || percent == 100 {
		r.reached.put(reachKey(who, document), n)
	}
	return n, nil
}

func reachKey(who Caller, document string) [sha256.Size]byte {
	return sha256.Sum256([]byte(who.Workspace + "\x00" + document))
}

// beyond is whether a number of members is more than the workspace lets pass.
func beyond(n trials.Reach, guard int) bool {
	return guard > 0 && n.Members > 0 && n.Touches*100 > guard*n.Members
}

// near is whether a confirmed number is that which is counted now: members
// come and go between reading and confirming, so a twentieth more or less, and
// one at least, is let pass.
func near(confirmed, now int) bool {
	far := max(1, (max(confirmed, now)+19)/20)
	return confirmed-now <= far && now-confirmed <= far
}

// guard asks for the number of members where a publish touches more than the
// workspace lets pass. It gives what was confirmed just now, else nil.
func (r *Rules) guard(ctx context.Context, who Caller, s *rules.Stored, p Publication, view *machine.View) (*rules.Reach, error) {
	percent := view.Defs.Settings.ReachGuard
	if percent == 0 || p.To.Shadow && p.ConfirmReach == nil {
		return nil, nil
	}
	share := p.To.Percent
	if p.ConfirmReach != nil {
		share = 0 // the number that is confirmed is that of the whole rule
	}
	n, err := r.reachOf(ctx, who, s.Document(), share, view)
	if err != nil || !beyond(n, percent) {
		return nil, err
	}
	if c := p.ConfirmReach; c != nil && near(*c, n.Touches) {
		return &rules.Reach{Touches: n.Touches, Members: n.Members, By: who.By, At: who.Now}, nil
	}
	if s.Draft == "" && s.Reach != nil && near(s.Reach.Touches, n.Touches) {
		return nil, nil // confirmed for this version before it was widened
	}
	return nil, tooFar(n, percent, p.ConfirmReach)
}

// tooFar refuses a publish with the number that it asks for.
func tooFar(n trials.Reach, guard int, confirmed *int) error {
	touches := n.Touches
	share := strconv.FormatFloat(float64(touches)*100/float64(n.Members), 'f', 1, 64)
	en := fmt.Sprintf("touches %s of %s members, %s %%: more than %d %%", grouped(touches), grouped(n.Members), share, guard)
	zh := fmt.Sprintf("影响 %s / %s 名成员（%s%%），超过 %d%%", grouped(touches), grouped(n.Members), share, guard)
	if n.Unknown > 0 {
		en += fmt.Sprintf("; of %s more it is not known", grouped(n.Unknown))
		zh += fmt.Sprintf("；另有 %s 名未知", grouped(n.Unknown))
	}
	if confirmed != nil {
		en += fmt.Sprintf("; %s was confirmed", grouped(*confirmed))
		zh += fmt.Sprintf("；确认的是 %s", grouped(*confirmed))
	}
	return &engine.Error{Code: engine.CodeConflict,
		Message: engine.Text{En: "this rule " + en, Zh: "此规则" + zh},
		Problems: []engine.Problem{{Code: "reach", Path: "/confirm_reach", Message: engine.Text{En: en, Zh: zh}, Hint: engine.Text{
			En: fmt.Sprintf("if that is meant, send {\"confirm_reach\": %d}", touches), Zh: fmt.Sprintf("如确属本意，请发送 {\"confirm_reach\": %d}", touches)}}}}
}

// grouped writes a number with commas.
func grouped(n int) string {
	s := strconv.Itoa(n)
	var parts []string
	for len(s) > 3 {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, parts...), ",")
}
