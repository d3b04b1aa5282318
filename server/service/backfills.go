package service

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
)

// The kinds of the jobs of backfills.
const (
	BackfillPreviewJob = "backfill.preview"
	BackfillJob        = "backfill"
)

// Finished finds long work by what was asked for.
type Finished interface {
	// NewestJob is the newest finished job of a kind whose request begins so.
	NewestJob(ctx context.Context, workspace, kind string, begins []byte) (j engine.Job, found bool, err error)
	// OpenJob is the newest one that waits or runs.
	OpenJob(ctx context.Context, workspace, kind string, begins []byte) (j engine.Job, found bool, err error)
}

// Backfills lets a rule do what it would have done, had it been in force.
type Backfills struct{ *core }

// BackfillAsk is what a rule shall make up for. From is inclusive, To exclusive.
type BackfillAsk struct {
	From     engine.Time
	To       engine.Time
	Messages bool // send what it would have sent
	Confirm  *int // the number of effects as the newest preview counts them; nil: a preview
}

// BackfillWork is the request of a job of a backfill: of a run the one of the
// preview that was confirmed, so that both find the same.
type BackfillWork struct {
	Text     string      `json:"text"` // hash of what is asked for, by which a preview is found
	Rule     string      `json:"rule"`
	Version  int         `json:"version"`
	Messages bool        `json:"messages"`
	Asked    engine.Time `json:"asked"`
	By       string      `json:"by"`
	Test     BacktestAsk `json:"test"`
}

// Start queues a preview, or what the newest preview promised.
func (b *Backfills) Start(ctx context.Context, who Caller, key string, ask BackfillAsk) (engine.Job, error) {
	j, err := b.Job(ctx, who, key, ask)
	if err != nil {
		return engine.Job{}, err
	}
	engine.AuditOf(ctx).About(key)
	return j, b.Queue.Start(ctx, j)
}

// Job is the work that is asked for, not yet begun.
func (b *Backfills) Job(ctx context.Context, who Caller, key string, ask BackfillAsk) (engine.Job, error) {
	live, err := b.live(ctx, who, key)
	if err != nil {
		return engine.Job{}, err
	}
	w := BackfillWork{Rule: key, Version: live.Version, Messages: ask.Messages, Asked: who.Now, By: who.By,
		Test: BacktestAsk{Document: live.Document, From: ask.From, To: ask.To, Alone: true}}
	w.Text = textHash(fmt.Sprint(key, "|", live.Version, "|", int64(ask.From), "|", int64(ask.To), "|", ask.Messages))
	tests := &Backtests{b.core}
	if err := tests.Pin(ctx, who, &w.Test); err != nil {
		return engine.Job{}, err
	}
	if err := b.fit(ctx, who, &w, live); err != nil {
		return engine.Job{}, err
	}
	kind := BackfillPreviewJob
	if ask.Confirm != nil {
		kind = BackfillJob
		if err := b.confirmed(ctx, who, &w, *ask.Confirm); err != nil {
			return engine.Job{}, err
		}
	}
	body, err := json.Marshal(w)
	if err != nil {
		return engine.Job{}, fmt.Errorf("write the request: %w", err)
	}
	return engine.Job{Workspace: who.Workspace, ID: b.NewID(), Kind: kind, State: engine.JobQueued, Request: body,
		Total: w.Test.Position / engine.PositionStride, CreatedAt: who.Now, By: who.By}, nil
}

// live is the version in force.
func (b *Backfills) live(ctx context.Context, who Caller, key string) (*rules.Live, error) {
	history, err := (&Rules{core: b.core}).history(ctx, who, key)
	if err != nil {
		return nil, err
	}
	s, err := rules.ReadStored(history[0].Body)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", key, err)
	}
	if s.Live == nil {
		return nil, unfit("not_live", "no version of it is in force: publish it first", "没有生效的版本，请先发布")
	}
	return s.Live, nil
}

func unfit(code, en, zh string) error {
	return engine.Invalid(engine.Text{En: "this rule cannot make up for the past", Zh: "该规则不能补发"},
		engine.Problem{Code: code, Path: "/rule", Message: engine.Text{En: en, Zh: zh}})
}

// fit refuses rules that cannot make up for what they did not do.
func (b *Backfills) fit(ctx context.Context, who Caller, w *BackfillWork, live *rules.Live) error {
	pair, _, err := (&Backtests{b.core}).compile(ctx, who.Workspace, &w.Test)
	if err != nil {
		return err
	}
	var r *engine.Rule
	for _, x := range pair.New.Rules {
		if x.Key == w.Rule {
			r = x
		}
	}
	switch {
	case r == nil || r.Kind != engine.RewardRule:
		return unfit("kind", "only rules of kind reward can", "只有奖励规则可以补发")
	case r.Once == "" || r.Once == engine.OncePerEvent:
		return unfit("once", "only a rule with once (member, day or an expression) can: nothing else says what it has done already", "只有写明 once（member、day 或表达式）的规则可以：否则无法判断是否已发过")
	case r.After > 0 || r.Unless != nil:
		return unfit("after", "a rule with after or unless cannot: what it waited for is over", "带 after 或 unless 的规则不可以：其等待已过去")
	case live.Paused || live.Shadow:
		return unfit("paused", "it is paused or in shadow: it does nothing now", "规则已暂停或处于影子运行，当前不执行任何动作")
	case w.Messages && r.Personal:
		return unfit("personal", "its messages name personal fields, which are not known as of then: leave messages out", "其消息含个人信息，无法按当时内容生成：请不要发送消息")
	}
	for i := range r.Then {
		if r.Then[i].Kind == engine.Emit {
			return unfit("emit", "it emits events, which other rules would take for new", "它会发出事件，其他规则会当作新事件处理")
		}
	}
	return nil
}

// confirmed takes over what the newest preview of the same looked at, if it
// counted this many effects.
func (b *Backfills) confirmed(ctx context.Context, who Caller, w *BackfillWork, n int) error {
	var (
		j     engine.Job
		found bool
		err   error
	)
	if b.Finished != nil {
		j, found, err = b.Finished.NewestJob(ctx, who.Workspace, BackfillPreviewJob, []byte(`{"text":"`+w.Text+`"`))
	}
	if err != nil {
		return fmt.Errorf("find the preview: %w", err)
	}
	if !found {
		return &engine.Error{Code: engine.CodeConflict,
			Message: engine.Text{En: "ask for a preview first", Zh: "请先预览"},
			Problems: []engine.Problem{{Code: "preview", Path: "/confirm", Message: engine.Text{
				En: "there is no finished preview of this version with the same from, to and messages",
				Zh: "该版本没有相同 from、to 与 messages 的已完成预览"}}}}
	}
	var seen Backfill
	if err := json.Unmarshal(j.Result, &seen); err != nil {
		return fmt.Errorf("read preview %s: %w", j.ID, err)
	}
	if seen.Confirm != n {
		return &engine.Error{Code: engine.CodeConflict,
			Message: engine.Text{En: "another number was confirmed than the preview counted", Zh: "确认的数量与预览不一致"},
			Problems: []engine.Problem{{Code: "backfill_count", Path: "/confirm",
				Message: engine.Text{En: fmt.Sprintf("the newest preview counts %d effects", seen.Confirm), Zh: fmt.Sprintf("最新预览为 %d 项", seen.Confirm)}}}}
	}
	asked, by := w.Asked, w.By
	if err := json.Unmarshal(j.Request, w); err != nil {
		return fmt.Errorf("read preview %s: %w", j.ID, err)
	}
	w.Asked, w.By = asked, by
	return nil
}
