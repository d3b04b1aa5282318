package service

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// early says of a document that has problems by the definitions of a revision
// whether that is only because the revision is too old for it, and if so since
// when it could be decided, and what to ask instead.
func (r *Rules) early(ctx context.Context, who Caller, doc *rules.Document, revision int64, found []engine.Problem) error {
	plain := engine.Invalid(engine.Text{En: "the document has errors", Zh: "文档有错误"}, found...)
	view, err := r.state(ctx, who)
	if err != nil {
		return err
	}
	if revision >= view.Lane.Revision || !compiles(doc, view.Defs) {
		return plain
	}
	since, err := r.compilesSince(ctx, who, doc, [2]int64{revision + 1, view.Lane.Revision})
	if err != nil {
		return err
	}
	hint, err := r.laterHint(ctx, who, since, view)
	if err != nil {
		return err
	}
	for i := range found {
		found[i].Hint, found[i].Fix = hint, engine.Fix{}
	}
	return engine.Invalid(engine.Text{
		En: "at that moment the rule cannot be decided: it speaks of what was defined or changed only after it",
		Zh: "规则在该时刻无法判定：它用到的定义在那之后才定义或修改"}, found...)
}

func compiles(doc *rules.Document, defs *engine.Definitions) bool {
	book, _ := rules.CompileAlone(doc, 0, rules.Scope{Defs: defs})
	return book != nil
}

// compilesSince is the first revision within the bounds, both included, by whose
// definitions the document can be decided; by those of the last it can.
func (r *Rules) compilesSince(ctx context.Context, who Caller, doc *rules.Document, within [2]int64) (int64, error) {
	var failed error
	n := sort.Search(int(within[1]-within[0]), func(i int) bool {
		revision := within[0] + int64(i)
		list, err := r.reader(who).DefinitionsAt(ctx, revision)
		if err != nil {
			failed = fmt.Errorf("definitions of revision %d: %w", revision, err)
			return true
		}
		defs, err := machine.ParseDefinitions(revision, list)
		if err != nil {
			failed = err
			return true
		}
		return compiles(doc, defs)
	})
	return within[0] + int64(n), failed
}

// laterHint names what came with a revision, and says how to try nevertheless.
func (r *Rules) laterHint(ctx context.Context, who Caller, revision int64, view *machine.View) (hint engine.Text, err error) {
	list, err := r.reader(who).DefinitionsAt(ctx, revision)
	if err != nil {
		return hint, fmt.Errorf("definitions of revision %d: %w", revision, err)
	}
	loc, err := calendar.LoadZone(view.Defs.Settings.Zone)
	if err != nil {
		loc = time.UTC
	}
	var en, zh []string
	at := ""
	for _, d := range list {
		if d.Revision == revision {
			noun := rules.Noun(d.Kind)
			en, zh = append(en, fmt.Sprintf("%s %q", noun.En, d.Key)), append(zh, fmt.Sprintf("%s %q", noun.Zh, d.Key))
			at = d.At.Std().In(loc).Format("2006-01-02 15:04")
		}
	}
	hint = engine.Text{En: fmt.Sprintf("it can be decided since revision %d", revision), Zh: fmt.Sprintf("自修订 %d 起才能判定", revision)}
	if at != "" { // nothing was taken away
		hint = engine.Text{En: fmt.Sprintf("it can be decided since %s, when the %s was saved", at, strings.Join(en, ", ")), Zh: fmt.Sprintf("自 %s 保存%s起才能判定", at, strings.Join(zh, "、"))}
	}
	hint.En += `: choose an event or a moment ("at") from then on, or paste this event in "event" to decide it by today's definitions`
	hint.Zh += `：请选择此后的事件或时刻（"at"），或把该事件粘贴到 "event"，按现在的定义试算`
	return hint, nil
}
