package service

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// What a calendar may cost and say.
const (
	maxCalendar = 62 * 24 * time.Hour
	maxOfRule   = 500
	maxEntries  = 2000
	maxShares   = 200
	shareSpan   = 7 * 24 * time.Hour
	toMember    = "member" // whom a message goes to by default
)

// Calendar is what live rules with a schedule will do when.
type Calendar struct {
	Zone       string          `json:"zone"`
	Entries    []CalendarEntry `json:"entries"`
	Rules      []CalendarRule  `json:"rules"`
	Whenever   []CalendarRule  `json:"whenever"` // send when something happens
	Shares     []GroupShare    `json:"shares"`
	ShareLimit int             `json:"share_limit"` // percent; 0: any
	Truncated  bool            `json:"truncated,omitempty"`
}

// CalendarEntry is one firing of a rule.
type CalendarEntry struct {
	At        engine.Time `json:"at"`
	Rule      string      `json:"rule"`
	HeldUntil engine.Time `json:"held_until,omitempty"` // the end of the quiet hours it falls in
}

// CalendarRule is what a rule of the calendar sends.
type CalendarRule struct {
	Rule    string          `json:"rule"`
	Kind    engine.RuleKind `json:"kind"`
	Title   engine.Text     `json:"title,omitzero"`
	Every   string          `json:"every,omitempty"`
	On      []string        `json:"on,omitempty"`
	After   string          `json:"after,omitempty"`
	Shadow  bool            `json:"shadow,omitempty"`
	Percent int             `json:"percent,omitempty"`
	Sends   []CalendarSend  `json:"sends"`
	Effects []string        `json:"effects,omitempty"` // kinds of what else it does
}

// CalendarSend is one message of a rule.
type CalendarSend struct {
	Channel  string `json:"channel,omitempty"`
	To       string `json:"to"`
	Group    string `json:"group,omitempty"`
	Segment  string `json:"segment,omitempty"`
	Template string `json:"template,omitempty"`
	Promotes bool   `json:"promotes,omitempty"`
}

// GroupShare is how many messages a group got in the last 7 days.
type GroupShare struct {
	Group     string      `json:"group"`
	Title     engine.Text `json:"title,omitzero"`
	All       int         `json:"all"`
	Promoting int         `json:"promoting"`
}

// Calendar lists what is planned in [from, to).
func (r *Rules) Calendar(ctx context.Context, who Caller, from, to engine.Time) (Calendar, error) {
	out := Calendar{Entries: []CalendarEntry{}, Rules: []CalendarRule{}, Whenever: []CalendarRule{}}
	if err := calendarSpan(from, to); err != nil {
		return out, err
	}
	view, err := r.state(ctx, who)
	if err != nil {
		return out, err
	}
	settings := view.Defs.Settings
	loc, err := calendar.LoadZone(settings.Zone)
	if err != nil {
		return out, fmt.Errorf("zone of the workspace: %w", err)
	}
	out.Zone, out.ShareLimit = settings.Zone, settings.PromoShare
	quiet, _ := calendar.ParseQuiet(settings.QuietFrom, settings.QuietTo) // none, where there are none
	at := agenda{zone: calendar.NewZone(loc), quiet: quiet, from: from, to: to}
	for _, rule := range view.Book.Rules {
		row := calendarRule(rule, view.Defs)
		switch {
		case rule.Every != "":
			entries, more, err := at.firings(rule)
			if err != nil {
				return out, err
			}
			out.Entries, out.Truncated = append(out.Entries, entries...), out.Truncated || more
			out.Rules = append(out.Rules, row)
		case len(row.Sends) > 0:
			out.Whenever = append(out.Whenever, row)
		}
	}
	slices.SortStableFunc(out.Entries, func(a, b CalendarEntry) int { return int(min(1, max(-1, a.At-b.At))) })
	if len(out.Entries) > maxEntries {
		out.Entries, out.Truncated = out.Entries[:maxEntries], true
	}
	out.Shares, err = r.shares(ctx, who, view)
	return out, err
}

func calendarSpan(from, to engine.Time) error {
	if to > from && to.Sub(from) <= maxCalendar {
		return nil
	}
	return engine.Invalid(engine.Text{En: "the span cannot be shown", Zh: "时间范围不可用"}, engine.Problem{Code: "bad_span", Path: "/to",
		Message: engine.Text{En: "to must be later than from, by at most 62 days", Zh: "to 须晚于 from，且不超过 62 天"}})
}

// agenda is the span in which firings are looked for.
type agenda struct {
	zone     *calendar.Zone
	quiet    calendar.Quiet
	from, to engine.Time
}

func (a *agenda) firings(r *engine.Rule) (list []CalendarEntry, more bool, err error) {
	s, err := calendar.ParseSchedule(r.Every)
	if err != nil {
		return nil, false, fmt.Errorf("rule %s: %w", r.Key, err)
	}
	for after := (a.from - 1).Std(); ; {
		next, ok := s.NextIn(a.zone, after)
		if !ok || engine.TimeOf(next) >= a.to {
			return list, false, nil
		}
		if len(list) == maxOfRule {
			return list, true, nil
		}
		one := CalendarEntry{At: engine.TimeOf(next), Rule: r.Key}
		if end, quiet := a.quiet.UntilIn(a.zone, next); quiet {
			one.HeldUntil = engine.TimeOf(end)
		}
		list, after = append(list, one), next
	}
}

func calendarRule(r *engine.Rule, defs *engine.Definitions) CalendarRule {
	row := CalendarRule{Rule: r.Key, Kind: r.Kind, Title: r.Title, Every: r.Every, On: r.On, Shadow: r.Shadow, Percent: r.Percent, Sends: []CalendarSend{}}
	if r.After > 0 {
		row.After = r.After.String()
	}
	others := map[string]bool{}
	for _, plans := range [][]engine.EffectPlan{r.Then, r.Otherwise} {
		for i := range plans {
			if p := &plans[i]; p.Kind == engine.Send || p.Kind == engine.Praise {
				row.Sends = append(row.Sends, calendarSend(p, defs))
			} else {
				others[string(p.Kind)] = true
			}
		}
	}
	row.Effects = slices.Sorted(maps.Keys(others))
	return row
}

func calendarSend(p *engine.EffectPlan, defs *engine.Definitions) CalendarSend {
	key := func(name string) string {
		f, _ := p.Field(name)
		if f == nil {
			return ""
		}
		return f.Key
	}
	s := CalendarSend{Channel: key("channel"), To: key("to"), Group: key("group"), Segment: key("segment"), Template: key("template")}
	if p.Kind == engine.Praise {
		s.To = "group"
		if g := defs.Groups[s.Group]; g != nil {
			s.Channel = g.Channel
		}
	}
	if s.To == "" {
		s.To = toMember
	}
	tpl := defs.Templates[s.Template]
	s.Promotes = s.To == "segment" || tpl != nil && tpl.Promotes // as the machine has it
	return s
}

// shares counts the messages of the groups that have a channel.
func (r *Rules) shares(ctx context.Context, who Caller, view *machine.View) ([]GroupShare, error) {
	list := []GroupShare{}
	for _, key := range slices.Sorted(maps.Keys(view.Defs.Groups)) {
		g := view.Defs.Groups[key]
		if g.Channel == "" || len(list) == maxShares {
			continue
		}
		all, promoting, err := r.Outbox.SentSince(ctx, engine.SentQuery{Workspace: who.Workspace, Group: key, Since: who.Now.Add(-shareSpan)})
		if err != nil {
			return nil, fmt.Errorf("count the messages of group %s: %w", key, err)
		}
		list = append(list, GroupShare{Group: key, Title: g.Title, All: all, Promoting: promoting})
	}
	slices.SortStableFunc(list, func(a, b GroupShare) int {
		if a.Promoting*max(1, b.All) != b.Promoting*max(1, a.All) {
			return b.Promoting*max(1, a.All) - a.Promoting*max(1, b.All)
		}
		return strings.Compare(a.Group, b.Group)
	})
	return list, nil
}
