package service

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// step is one change of a rule's life, made under the workspace's lock.
type step func(s *rules.Stored, position int64) error

// Save keeps a document as the rule's draft. A draft may have any problems; they
// are in the answer. created tells whether the rule is new.
func (r *Rules) Save(ctx context.Context, who Caller, key string, source []byte, m Match) (rule Rule, created bool, err error) {
	if err := CheckKey(key); err != nil {
		return Rule{}, false, err
	}
	if o := r.Language.Outline(source); o.Key != "" && o.Key != key {
		return Rule{}, false, engine.Invalid(engine.Text{En: "the document belongs to another rule", Zh: "文档属于另一条规则"},
			engine.Problem{Code: "other_key", Path: "/key", Message: engine.Text{
				En: fmt.Sprintf("the key is %q in the address and %.64q in the document", key, o.Key),
				Zh: fmt.Sprintf("地址中的标识为 %q，文档中为 %.64q", key, o.Key)}})
	}
	err = r.change(ctx, who, key, m, func(before engine.Definition, position int64) (*rules.Stored, error) {
		s := &rules.Stored{}
		if created = before.Body == nil; !created {
			var err error
			if s, err = rules.ReadStored(before.Body); err != nil {
				return nil, err
			}
		}
		if err := own(who, key, s); err != nil {
			return nil, err
		}
		if who.Origin != "" {
			s.Origin = who.Origin
		}
		return s, s.SaveDraft(source)
	})
	if err != nil {
		return Rule{}, false, err
	}
	rule, err = r.Get(ctx, who, key)
	return rule, created, err
}

// change writes what compose makes of a rule's definition.
func (r *Rules) change(ctx context.Context, who Caller, key string, m Match,
	compose func(before engine.Definition, position int64) (*rules.Stored, error)) error {
	_, err := r.write(ctx, who, engine.DefineRule, key, func(before engine.Definition, position int64) (json.RawMessage, error) {
		if err := m.check(revisionOf(before)); err != nil {
			return nil, err
		}
		s, err := compose(before, position)
		if err != nil || s == nil {
			return nil, err
		}
		return s.Body()
	})
	return err
}

// take does one step with a rule that exists, and that no files provide.
func (r *Rules) take(ctx context.Context, who Caller, key string, m Match, do step) (Rule, error) {
	err := r.change(ctx, who, key, m, func(before engine.Definition, position int64) (*rules.Stored, error) {
		if before.Body == nil {
			return nil, engine.NotFound("rule", key)
		}
		s, err := rules.ReadStored(before.Body)
		if err != nil {
			return nil, err
		}
		if err := own(who, key, s); err != nil {
			return nil, err
		}
		return s, do(s, position)
	})
	if err != nil {
		return Rule{}, err
	}
	return r.Get(ctx, who, key)
}

// Delete removes a rule; what it did stays.
func (r *Rules) Delete(ctx context.Context, who Caller, key string, m Match) error {
	return r.change(ctx, who, key, m, func(before engine.Definition, _ int64) (*rules.Stored, error) {
		if before.Body == nil {
			return nil, engine.NotFound("rule", key)
		}
		s, err := rules.ReadStored(before.Body)
		if err != nil {
			return nil, err
		}
		return nil, own(who, key, s)
	})
}

// Publication is what somebody who publishes asks for.
type Publication struct {
	To           rules.Rollout
	ConfirmReach *int // the number of members that the rule touches, where it was asked for
	Drop         bool // what the version before has under way comes to nothing
}

// Publish puts the draft in force, or changes the reach of what is. What stands
// in the way is asked in order: problems, cases, a second person, how many
// members the rule touches.
func (r *Rules) Publish(ctx context.Context, who Caller, key string, m Match, p Publication) (Rule, error) {
	view, err := r.state(ctx, who)
	if err != nil {
		return Rule{}, err
	}
	looked, confirmed, err := r.look(ctx, who, key, p, view)
	if err != nil {
		return Rule{}, err
	}
	return r.take(ctx, who, key, m, func(s *rules.Stored, position int64) error {
		if s.Document() != looked {
			return ErrStale
		}
		if s.Draft != "" {
			s.Supersede(who.Now, p.Drop)
		}
		if err := s.Publish(p.To, position); err != nil {
			return err
		}
		if confirmed != nil {
			s.Reach = confirmed
		}
		if who.Origin != "" {
			s.Origin = who.Origin
		}
		return nil
	})
}

// look asks all that may stand in the way of a publish. It gives the document
// that it looked at and the reach that was confirmed.
func (r *Rules) look(ctx context.Context, who Caller, key string, p Publication, view *machine.View) (document string, confirmed *rules.Reach, err error) {
	history, err := r.history(ctx, who, key)
	if err != nil {
		return "", nil, err
	}
	s, err := rules.ReadStored(history[0].Body)
	if err != nil {
		return "", nil, err
	}
	document = s.Document()
	if document == "" || own(who, key, s) != nil {
		return document, nil, nil //nolint:nilerr // the step itself says so
	}
	if err := r.ready(key, document, view); err != nil {
		return document, nil, err
	}
	if err := r.green(ctx, []byte(document), view); err != nil {
		return document, nil, err
	}
	if err := r.secondPerson(who, s, history, view); err != nil {
		return document, nil, err
	}
	confirmed, err = r.guard(ctx, who, s, p, view)
	return document, confirmed, err
}

// ready refuses a document with problems that are more than warnings.
func (r *Rules) ready(key, document string, view *machine.View) error {
	problems := r.Language.CheckRule([]byte(document), view.Defs)
	if o := r.Language.Outline([]byte(document)); o.Key != key {
		problems = append(problems, engine.Problem{Code: "other_key", Path: "/key", Message: engine.Text{
			En: fmt.Sprintf("the document's key must be %q", key), Zh: fmt.Sprintf("文档的 key 必须是 %q", key)}})
	}
	return engine.Invalid(engine.Text{En: "the rule has problems that stop it from being published", Zh: "规则有误，不能发布"}, problems...)
}

// Pause stops a live rule, also one that files provide: a brake must be at hand.
func (r *Rules) Pause(ctx context.Context, who Caller, key string, m Match) (Rule, error) {
	return r.take(ctx, who.anyOrigin(), key, m, func(s *rules.Stored, _ int64) error { return s.Pause() })
}

// Resume lets a paused rule decide again, from now on.
func (r *Rules) Resume(ctx context.Context, who Caller, key string, m Match) (Rule, error) {
	return r.take(ctx, who.anyOrigin(), key, m, func(s *rules.Stored, position int64) error { return s.Resume(position) })
}

// Rollback puts an earlier version in force again.
// The answer lists what the version rolled back from has done. drop says that
// what it has under way comes to nothing.
func (r *Rules) Rollback(ctx context.Context, who Caller, key string, m Match, version int, drop bool) (Rule, error) {
	history, err := r.history(ctx, who, key)
	if err != nil {
		return Rule{}, err
	}
	past, ok := rules.Version(history, version)
	if !ok {
		return Rule{}, engine.NotFound("version", fmt.Sprint(version))
	}
	view, err := r.state(ctx, who)
	if err != nil {
		return Rule{}, err
	}
	if err := r.ready(key, past.Document, view); err != nil {
		return Rule{}, err
	}
	from := 0
	rule, err := r.take(ctx, who, key, m, func(s *rules.Stored, position int64) error {
		if s.Live != nil {
			from = s.Live.Version
		}
		s.Supersede(who.Now, drop)
		return s.Rollback(past, rules.Rollout{}, position)
	})
	if err != nil || from == 0 {
		return rule, err
	}
	made, err := r.Effects(ctx, who, key, from)
	rule.Made = &made
	return rule, err
}
