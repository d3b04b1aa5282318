package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// BacktestJob is the kind of the jobs of back-tests.
const BacktestJob = "backtest"

// Queue takes long work.
type Queue interface {
	// Start queues a job; some worker begins it soon.
	Start(ctx context.Context, j engine.Job) error
}

// Backtests lets the past happen again with another version of a rule.
type Backtests struct{ *core }

// BacktestAsk is what somebody wants to see: a document, or a version of a rule
// (0: its draft, else what is live).
type BacktestAsk struct {
	// Text is the hash of the document that is tested; see BacktestBegins.
	Text     string      `json:"text,omitempty"`
	Document string      `json:"document,omitempty"`
	Rule     string      `json:"rule,omitempty"`
	Version  int         `json:"version,omitempty"`
	From     engine.Time `json:"from"`
	To       engine.Time `json:"to"`
	Audience string      `json:"audience,omitempty"`
	// Alone tests the rule as if it had not been there before From, and as if
	// imported history had just happened.
	Alone bool `json:"alone,omitempty"`

	// Pinned, so that whoever works it, and works it again, finds the same.
	Position int64 `json:"position"`
	Revision int64 `json:"revision"`
}

// Start checks what is asked for and queues it, pinned to the log as it is now.
func (b *Backtests) Start(ctx context.Context, who Caller, ask BacktestAsk) (engine.Job, error) {
	if err := b.Pin(ctx, who, &ask); err != nil {
		return engine.Job{}, err
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return engine.Job{}, fmt.Errorf("write the request: %w", err)
	}
	j := engine.Job{Workspace: who.Workspace, ID: b.NewID(), Kind: BacktestJob, State: engine.JobQueued, Request: body, Total: ask.Position / engine.PositionStride, CreatedAt: who.Now, By: who.By}
	engine.AuditOf(ctx).About(j.ID)
	return j, b.Queue.Start(ctx, j)
}

// Pin completes what is asked for, with every problem of it named.
func (b *Backtests) Pin(ctx context.Context, who Caller, ask *BacktestAsk) error {
	if err := ask.plausible(); err != nil {
		return err
	}
	lane, err := b.reader(who).Lane(ctx)
	if err != nil {
		return fmt.Errorf("read the lane: %w", err)
	}
	ask.Position, ask.Revision = lane.Position, lane.Revision
	ask.To = min(ask.To, who.Now) // what is to come is not known
	if ask.From >= ask.To {
		return wrongRange("the range begins after now", "范围始于现在之后")
	}
	if ask.Document == "" {
		if ask.Document, err = b.document(ctx, who, ask); err != nil {
			return err
		}
	}
	ask.Text = textHash(ask.Document)
	_, _, err = b.compile(ctx, who.Workspace, ask)
	return err
}

func textHash(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// BacktestBegins is how the request of each back-test of exactly a document
// begins, so that a store finds them without reading documents.
func BacktestBegins(document string) []byte {
	return []byte(`{"text":"` + textHash(document) + `"`)
}

func (a *BacktestAsk) plausible() error {
	switch {
	case (a.Document == "") == (a.Rule == ""):
		return engine.Invalid(engine.Text{En: "say which rule: a document, or the key of a rule", Zh: "请指明规则：文档，或规则标识"},
			engine.Problem{Code: "required", Path: "/document", Message: engine.Text{En: "one of document and rule", Zh: "document 与 rule 二选一"}})
	case a.From >= a.To:
		return wrongRange("from must be before to", "from 应早于 to")
	}
	return nil
}

func wrongRange(en, zh string) error {
	return engine.Invalid(engine.Text{En: "the range is empty", Zh: "时间范围为空"}, engine.Problem{Code: "range", Path: "/from", Message: engine.Text{En: en, Zh: zh}})
}

// document finds a version's text.
func (b *Backtests) document(ctx context.Context, who Caller, ask *BacktestAsk) (string, error) {
	r := &Rules{core: b.core}
	history, err := r.history(ctx, who, ask.Rule)
	if err != nil {
		return "", err
	}
	if ask.Version == 0 {
		s, err := rules.ReadStored(history[0].Body)
		if err != nil {
			return "", fmt.Errorf("rule %s: %w", ask.Rule, err)
		}
		return s.Document(), nil
	}
	v, ok := rules.Version(history, ask.Version)
	if !ok {
		return "", engine.NotFound("version", fmt.Sprint(ask.Version))
	}
	return v.Document, nil
}

// compile makes the two rulebooks at the pinned revision.
func (b *Backtests) compile(ctx context.Context, workspace string, ask *BacktestAsk) (*rules.Pair, []engine.Definition, error) {
	list, err := b.Readers.Reader(workspace).DefinitionsAt(ctx, ask.Revision)
	if err != nil {
		return nil, nil, fmt.Errorf("read definitions: %w", err)
	}
	defs, err := machine.ParseDefinitions(ask.Revision, list)
	if err != nil {
		return nil, nil, err
	}
	doc, problems := rules.Parse([]byte(ask.Document))
	if doc == nil || doc.Key == "" {
		return nil, nil, engine.Invalid(documentMessage, problems...)
	}
	c := rules.Contrast{New: rules.Source{Key: doc.Key, Document: []byte(ask.Document)}, Audience: ask.Audience}
	c.Live, _ = rules.Sources(list)
	if c.Book, err = b.Books.Book(ask.Revision, list, defs); err != nil {
		return nil, nil, fmt.Errorf("compile rules: %w", err)
	}
	for i := range c.Live {
		if c.Live[i].Key == doc.Key && !ask.Alone {
			c.Old = &c.Live[i]
		}
	}
	pair, problems := c.Compile(rules.Scope{Defs: defs})
	if pair == nil {
		return nil, nil, engine.Invalid(documentMessage, problems...)
	}
	ask.Rule = doc.Key
	return pair, list, nil
}

var documentMessage = engine.Text{En: "this cannot be tested on the past: it has problems", Zh: "无法回测：有问题"}

// Plan is a pinned question, ready to run.
func (b *Backtests) Plan(ctx context.Context, workspace string, ask BacktestAsk) (backtesting.Plan, error) {
	pair, list, err := b.compile(ctx, workspace, &ask)
	if err != nil {
		return backtesting.Plan{}, err
	}
	log := b.Readers.Reader(workspace)
	merged, err := log.ListRecords(ctx, engine.MarkRecord, machine.MergedPrefix, engine.Page{Limit: 1})
	if err != nil {
		return backtesting.Plan{}, fmt.Errorf("read who was merged: %w", err)
	}
	return backtesting.Plan{Workspace: workspace, Definitions: list, Log: log, Merged: len(merged.Items) > 0, Position: ask.Position, Revision: ask.Revision,
		From: ask.From, To: ask.To, Rule: ask.Rule, Old: pair.Old, New: pair.New, Audience: pair.Audience, Imported: ask.Alone}, nil
}
