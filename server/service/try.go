package service

import (
	"context"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
)

// Attempt asks what a rule would decide. One of Document and Rule is given; one
// of At and Position, or none for now.
type Attempt struct {
	Document []byte
	Rule     string
	Version  int // of Rule; 0: its draft, else what is live
	Member   string
	Group    string // in question where there is no event
	At       engine.Time
	Position int64         // of an event of the log: what it met; of another: what came after it
	Event    *engine.Event // pasted; nil: that of Position, else the member's newest one that the rule listens to
	Example  string        // the name of a case of the document: it is played instead
}

// Tried is what a rule would decide, why, and what would come of it. Nothing of
// it was written.
type Tried struct {
	Rule       string           `json:"rule"`
	Version    int              `json:"version,omitempty"` // 0: a draft
	Position   int64            `json:"position"`          // everything up to here had happened
	Revision   int64            `json:"revision"`
	At         engine.Time      `json:"at"` // the moment that rules read as now
	Member     string           `json:"member,omitempty"`
	Event      *TriedEvent      `json:"event,omitempty"`
	Outcome    engine.Outcome   `json:"outcome"`
	Reason     engine.Reason    `json:"reason,omitempty"`
	Detail     string           `json:"detail,omitempty"`
	Answer     string           `json:"answer,omitempty"`
	Reasons    []engine.Text    `json:"reasons,omitempty"`
	Occurrence string           `json:"occurrence,omitempty"`
	Due        engine.Time      `json:"due,omitempty"`
	Trace      []TracePart      `json:"trace"`
	Effects    []engine.Effect  `json:"effects"`
	Messages   []TriedMessage   `json:"messages,omitempty"`
	Hold       engine.Outcome   `json:"hold,omitempty"`
	HoldAt     engine.Time      `json:"hold_at,omitempty"` // the moment that Hold is about
	Review     *TriedReview     `json:"review,omitempty"`
	Case       *rules.Verdict   `json:"case,omitempty"`
	Problems   []engine.Problem `json:"problems,omitempty"` // warnings of the document
}

// TriedEvent is the event that a rule was asked about.
type TriedEvent struct {
	Type     string      `json:"type"`
	At       engine.Time `json:"at"`
	Position int64       `json:"position,omitempty"` // 0: pasted
	Group    string      `json:"group,omitempty"`
	Content  string      `json:"content,omitempty"`
	Late     bool        `json:"late,omitempty"`
}

// TracePart is one condition of the rule, explained in full.
type TracePart struct {
	Part    string          `json:"part"` // when, audience, unless, hold, score, exempt
	Finding *engine.Finding `json:"finding"`
}

// TryRule tries a rule. Problems of the document are its error.
func (r *Rules) TryRule(ctx context.Context, who Caller, a Attempt) (*Tried, error) {
	source, version, err := r.attempted(ctx, who, a)
	if err != nil {
		return nil, err
	}
	if a.Example != "" {
		return r.tryExample(ctx, who, source, a.Example)
	}
	t := &trying{Rules: r, who: who, a: a, out: &Tried{Version: version, Trace: []TracePart{}, Effects: []engine.Effect{}}}
	t.doc, _ = rules.Parse(source)
	if err := t.open(ctx, source); err != nil {
		return nil, err
	}
	if err := t.present(ctx); err != nil {
		return nil, err
	}
	if err := t.scene.Ask(ctx, t.question, t.look); err != nil {
		return nil, err
	}
	return t.out, t.holdsLater(ctx)
}

// present refuses to ask about somebody who was not there yet.
func (t *trying) present(ctx context.Context) error {
	if t.member == "" || t.question.Event != nil && t.question.Event.Position != 0 {
		return nil
	}
	key := engine.RecordKey{Kind: engine.MemberRecord, Key: t.member}
	was, err := t.scene.Store().Reader(t.who.Workspace).Records(ctx, []engine.RecordKey{key})
	if err != nil || was[key] != nil {
		return err
	}
	return tryProblem("at", "not_yet", engine.Text{En: "the member was not there yet at that moment", Zh: "该成员在该时刻还不存在"})
}

// attempted finds the document that is tried.
func (r *Rules) attempted(ctx context.Context, who Caller, a Attempt) (source []byte, version int, err error) {
	if (a.Document == nil) == (a.Rule == "") {
		return nil, 0, tryProblem("document", "needs_rule", engine.Text{En: "give a document, or the key of a rule", Zh: "请给出规则文档或规则标识"})
	}
	if a.Document != nil {
		return a.Document, 0, nil
	}
	history, err := r.history(ctx, who, a.Rule)
	if err != nil {
		return nil, 0, err
	}
	for _, d := range history {
		s, err := rules.ReadStored(d.Body)
		if d.Body == nil || err != nil {
			continue
		}
		switch {
		case a.Version == 0 && s.Draft == "" && s.Live != nil:
			return []byte(s.Live.Document), s.Live.Version, nil
		case a.Version == 0:
			return []byte(s.Document()), 0, nil
		case s.Live != nil && s.Live.Version == a.Version:
			return []byte(s.Live.Document), a.Version, nil
		}
	}
	return nil, 0, engine.NotFound("version", fmt.Sprint(a.Version))
}

func tryProblem(field, code string, text engine.Text) error {
	return engine.Invalid(engine.Text{En: "the rule cannot be tried so", Zh: "无法这样试算"}, engine.Problem{Code: code, Path: "/" + field, Message: text})
}

// trying is one attempt on its way.
type trying struct {
	*Rules
	who      Caller
	a        Attempt
	doc      *rules.Document
	scene    *simulate.Scene
	with     simulate.Rules
	question machine.Question
	member   string
	out      *Tried
}

// open opens the moment, compiles the rule there and finds what to ask.
func (t *trying) open(ctx context.Context, source []byte) (err error) {
	if t.a.Member != "" {
		m, err := (&Members{core: t.core}).find(ctx, t.who, t.a.Member)
		if err != nil {
			return err
		}
		t.member = m.ID
	}
	asked, err := t.chosen(ctx)
	if err != nil {
		return err
	}
	with := simulate.Rules{Book: func(defs *engine.Definitions) (*engine.Rulebook, error) { return t.compile(ctx, source, defs) }}
	t.with = with
	if asked != nil && asked.Position != 0 {
		t.scene, asked, err = t.Past.Met(ctx, t.who.Workspace, asked.Position, with)
	} else {
		t.scene, err = t.Past.Open(ctx, t.who.Workspace, simulate.Moment{Position: t.a.Position, At: t.a.At}, with)
	}
	if err != nil {
		return err
	}
	return t.aim(asked)
}

func (t *trying) compile(ctx context.Context, source []byte, defs *engine.Definitions) (*engine.Rulebook, error) {
	doc, found := rules.Parse(source)
	if doc == nil || rules.Failed(found) {
		return nil, engine.Invalid(engine.Text{En: "the document has errors", Zh: "文档有错误"}, found...)
	}
	book, found := rules.CompileAlone(doc, t.out.Version, rules.Scope{Defs: defs})
	if book == nil {
		return nil, t.early(ctx, t.who, doc, defs.Revision, found)
	}
	return book, nil
}

// chosen is the event of the log that is asked about: the one at the position,
// or the member's newest that the rule listens to. Nil: a pasted one, or none.
func (t *trying) chosen(ctx context.Context) (*engine.Event, error) {
	if t.a.Event != nil || t.doc == nil || len(t.doc.On) == 0 {
		return t.a.Event, nil
	}
	r := t.reader(t.who)
	if t.a.Position > 0 {
		found, err := r.Events(ctx, engine.EventQuery{After: t.a.Position - 1, UpTo: t.a.Position})
		if err != nil {
			return nil, fmt.Errorf("read the event: %w", err)
		}
		if len(found) > 0 && slices.Contains(t.doc.On, found[0].Type) {
			return engine.DecodeEvent(found[0])
		}
	}
	q := engine.EventQuery{Member: t.member, Types: t.doc.On, UpTo: t.a.Position, Backward: true, Limit: 1}
	if t.a.At != 0 {
		q.To = t.a.At + 1
	}
	if t.member == "" {
		return nil, tryProblem("member", "needs_member", engine.Text{En: "name a member, an event or a position", Zh: "请指明成员、事件或位置"})
	}
	found, err := r.Events(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return engine.DecodeEvent(found[0])
}

// aim makes the question: an event of the log at its place, a pasted one after
// the moment, or what the clock asks.
func (t *trying) aim(e *engine.Event) error {
	t.question.Now = t.scene.At
	if t.scene.Now {
		t.question.Now = t.who.Now
	}
	if e == nil && t.doc != nil && t.doc.Kind == engine.Threshold && t.member != "" {
		e = &engine.Event{Type: "group.applied", Group: t.doc.Group}
	}
	switch {
	case e == nil && t.doc != nil && len(t.doc.On) > 0 && t.doc.Tier == nil:
		return tryProblem("event", "needs_event", engine.Text{
			En: "the member has no such event up to then: paste one", Zh: "该成员此前没有这类事件，请粘贴一个"})
	case e == nil:
		t.question.Member, t.question.Group = t.member, t.a.Group
		return t.someone()
	}
	c := *e
	if c.Position == 0 {
		t.complete(&c)
	} else {
		t.question.Now, t.member = c.At, c.MemberID
	}
	t.question.Event = &c
	return nil
}

// someone asks for a member where the rule is about one.
func (t *trying) someone() error {
	if t.doc == nil || t.member != "" || t.doc.Subject != "" && t.doc.Subject != engine.SubjectMember {
		return nil
	}
	return tryProblem("member", "needs_member", engine.Text{En: "name a member", Zh: "请指明成员"})
}

// complete fills in what a pasted event leaves out.
func (t *trying) complete(e *engine.Event) {
	if e.ID == "" {
		e.ID = "try"
	}
	if e.At == 0 {
		e.At = t.question.Now
	}
	if t.member != "" && e.Member.IsZero() {
		e.Member = engine.MemberRef{ID: t.member}
	}
	t.question.Now = e.At
}
