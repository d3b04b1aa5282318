package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// LaunchJob is the kind of the jobs that put rules in force whose windows take
// long to build.
const LaunchJob = "rule.launch"

// Launch is what puts a version in force. It is the request of its job, which
// begins with the rule.
type Launch struct {
	Rule     string      `json:"rule"`
	Do       string      `json:"do"` // publish, resume or rollback
	Publish  Publication `json:"publish"`
	Version  int         `json:"version,omitempty"`  // to roll back to
	Document string      `json:"document,omitempty"` // that was looked at when it was asked
	Match    Match       `json:"match"`
	By       string      `json:"by"`
	Origin   string      `json:"origin,omitempty"`
	Personal bool        `json:"personal,omitempty"`
}

// Launched is what the job of a launch did.
type Launched struct {
	Rule    string       `json:"rule"`
	Version int          `json:"version"`
	State   string       `json:"state"`
	Made    *RuleEffects `json:"made,omitempty"` // of a roll-back, see Rule
}

// errLong ends a launch that a job shall go on with.
var errLong = errors.New("building the windows takes long")

// Launch puts a version in force. Where its windows take longer to build than
// the caller has patience for, a job does it: then the version before stays in
// force until they are whole.
func (r *Rules) Launch(ctx context.Context, who Caller, l Launch) (Rule, *engine.Job, error) {
	if j, under, err := r.underWay(ctx, who, l.Rule); err != nil || under {
		if err == nil {
			err = engine.Conflict(engine.Text{
				En: fmt.Sprintf("a version of this rule is on its way already: wait for job %s, or cancel it", j.ID),
				Zh: fmt.Sprintf("该规则已有版本正在准备生效：请等待任务 %s 完成，或取消它", j.ID)})
		}
		return Rule{}, nil, err
	}
	rule, err := r.launch(r.impatiently(ctx), who, &l)
	if !errors.Is(err, errLong) {
		return rule, nil, err
	}
	l.By, l.Origin, l.Personal = who.By, who.Origin, who.Personal
	if rule, err = r.Get(ctx, who, l.Rule); err != nil {
		return Rule{}, nil, err
	}
	l.Document = rule.Stored.Document()
	body, err := json.Marshal(l)
	if err != nil {
		return Rule{}, nil, fmt.Errorf("write the request: %w", err)
	}
	j := engine.Job{Workspace: who.Workspace, ID: r.NewID(), Kind: LaunchJob, State: engine.JobQueued, Request: body, CreatedAt: who.Now, By: who.By}
	audit := engine.AuditOf(ctx)
	audit.About(l.Rule)
	audit.Change(json.RawMessage{}, map[string]string{"job": j.ID}) // nothing has changed yet
	return rule, &j, r.Queue.Start(ctx, j)
}

// impatiently gives up where warming takes long and somebody can go on with it.
func (r *Rules) impatiently(ctx context.Context) context.Context {
	if r.Queue == nil || r.Impatient == nil {
		return ctx
	}
	long := r.Impatient()
	return machine.WatchWarming(ctx, func(done, total int64) error {
		if long(done, total) {
			return errLong
		}
		return nil
	})
}

func (r *Rules) launch(ctx context.Context, who Caller, l *Launch) (Rule, error) {
	switch l.Do {
	case "resume":
		return r.Resume(ctx, who, l.Rule, l.Match)
	case "rollback":
		return r.Rollback(ctx, who, l.Rule, l.Match, l.Version, l.Publish.Drop)
	}
	return r.Publish(ctx, who, l.Rule, l.Match, l.Publish)
}

// Finish is what the job of a launch does, whatever that takes. watch is told
// how far it is. An error says what stays in force.
func (r *Rules) Finish(ctx context.Context, who Caller, l *Launch, watch machine.WarmWatch) (*Launched, error) {
	before, err := r.Get(ctx, who, l.Rule)
	if err == nil && l.Do != "rollback" && before.Stored.Document() != l.Document {
		err = ErrStale
	}
	var rule Rule
	if err == nil {
		rule, err = r.launch(machine.WatchWarming(ctx, watch), who, l)
	}
	if err != nil {
		return nil, staying(before.Stored, err)
	}
	return &Launched{Rule: rule.Key, Version: rule.Stored.Live.Version, State: rule.State, Made: rule.Made}, nil
}

// staying says beside what went wrong what decides on.
func staying(s *rules.Stored, err error) error {
	var known *engine.Error
	if !errors.As(err, &known) || known.Code == engine.CodeUnavailable || known.Code == engine.CodeInternal {
		return err
	}
	told := *known
	stays := engine.Text{En: "no version of it is in force", Zh: "目前没有生效的版本"}
	if s != nil && s.Live != nil {
		stays = engine.Text{En: fmt.Sprintf("version %d stays as it was", s.Live.Version), Zh: fmt.Sprintf("第 %d 版保持原状", s.Live.Version)}
	}
	told.Message = engine.Text{En: "it was not put in force, " + stays.En + ": " + told.Message.In("en"), Zh: "未能生效，" + stays.Zh + "：" + told.Message.In("zh")}
	return &told
}

// underWay is the job that puts a version of the rule in force, if there is one.
func (r *Rules) underWay(ctx context.Context, who Caller, key string) (j engine.Job, under bool, err error) {
	if r.Finished == nil {
		return j, false, nil
	}
	begins, err := json.Marshal(struct {
		Rule string `json:"rule"`
	}{key})
	if err != nil {
		return j, false, fmt.Errorf("write the rule's key: %w", err)
	}
	return r.Finished.OpenJob(ctx, who.Workspace, LaunchJob, append(begins[:len(begins)-1], ','))
}
