package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
)

// What becomes of one thing.
const (
	didCreate = "create"
	didChange = "change"
	didKeep   = "keep" // a definition that the workspace has otherwise
	didDelete = "delete"
	didSame   = "unchanged"
)

var didZh = map[string]string{didCreate: "新建", didChange: "修改", didKeep: "保留原有", didDelete: "删除", didSame: "无变化"}

// green refuses files with a red case before anything is written.
func (p *program) green(ctx context.Context, sets []ruleSet) error {
	red := false
	for _, set := range sets {
		for _, f := range set.files {
			if f.draft || len(f.document.Cases) == 0 {
				continue
			}
			book, problems := rules.CompileAlone(f.document, 1, set.scope)
			if book == nil {
				return engine.Invalid(engine.Text{En: f.name + " does not compile", Zh: f.name + " 无法编译"}, problems...)
			}
			verdicts, err := rules.RunCasesWithin(ctx, f.document, book, set.scope, rules.Running{Runner: app.Trials{}, Work: rules.NewWork(rules.WorkOfSave)})
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			for _, v := range verdicts {
				red = red || !v.OK
				fmt.Fprint(p.err, rules.Format(f.name, p.lang, v.Problems))
			}
		}
	}
	if red {
		p.note("cases are red; nothing was written", "有未通过的用例，未写入任何内容")
		return errQuiet
	}
	return nil
}

// rule saves and publishes a rule whose document is not in force already. What
// somebody has drafted beside it stays unless the rule changes.
func (a *applier) rule(ctx context.Context, f ruleFile) error {
	key, source := f.key(), string(f.source)
	have, err := a.core.Service.Rules.Get(ctx, a.caller(), key)
	absent := err != nil && engine.CodeOf(err) == engine.CodeNotFound
	if err != nil && !absent {
		return err
	}
	draft := f.draft || a.flags.draft
	owned := absent || have.Stored.Origin == a.flags.provision
	live := !absent && have.Stored.State() != rules.StateDraft && have.Stored.Live != nil && have.Stored.Live.Document == source
	drafted := !absent && have.Stored.Document() == source
	noun, begins := "rule", absent
	if f.draft { // also where the rule is live: its file may have put it there just now
		noun, begins = "draft", absent || have.Stored.Draft == ""
	}
	switch {
	case owned && (!f.draft && live || draft && drafted):
		a.did(noun, key, didSame)
		return nil
	case begins:
		a.did(noun, key, didCreate)
	default:
		a.did(noun, key, didChange)
	}
	if a.flags.dry {
		return nil
	}
	if !drafted || !owned {
		if _, _, err := a.core.Service.Rules.Save(ctx, a.caller(), key, f.source, service.Match{}); err != nil {
			return err
		}
	}
	if draft || live {
		return nil
	}
	p := service.Publication{}
	if n, confirmed := a.flags.confirm[key]; confirmed {
		p.ConfirmReach = &n
	}
	bar := a.progress(-1, key, key)
	defer bar.Close()
	watched := machine.WatchWarming(ctx, func(done, total int64) error {
		bar.set(done, total)
		return nil
	})
	_, err = a.core.Service.Rules.Publish(watched, a.caller(), key, service.Match{}, p)
	return err
}

// prune deletes rules that no file has: those of the same origin alone. Where
// the files hold a pack, definitions that no file has go too, but for channels,
// whose secrets no file has either.
func (a *applier) prune(ctx context.Context, sets []ruleSet) error {
	rulesKept, defsKept, pack := map[string]bool{}, map[string]bool{}, false
	for _, set := range sets {
		for i := range set.files {
			rulesKept[set.files[i].key()] = true
		}
		if set.pack == nil {
			continue
		}
		pack = true
		for _, d := range set.pack.Requires {
			defsKept[string(d.Kind)+"/"+d.Key] = true
		}
	}
	list, err := a.core.Service.Rules.List(ctx, a.caller(), service.RuleFilter{})
	if err != nil {
		return err
	}
	for _, r := range list {
		if rulesKept[r.Key] || r.Stored.Origin != a.flags.provision {
			continue
		}
		a.did("rule", r.Key, didDelete)
		if a.flags.dry {
			continue
		}
		if err := a.core.Service.Rules.Delete(ctx, a.caller(), r.Key, service.Match{}); err != nil {
			return fmt.Errorf("rule %s: %w", r.Key, err)
		}
	}
	if !pack {
		return nil
	}
	for _, kind := range slices.Backward(written) {
		if err := a.pruneKind(ctx, kind, defsKept); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) pruneKind(ctx context.Context, kind engine.DefinitionKind, kept map[string]bool) error {
	if kind == engine.DefineChannel {
		return nil
	}
	list, err := a.core.Service.Definitions.List(ctx, a.caller(), kind)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Revision == 0 || kept[string(kind)+"/"+d.Key] {
			continue
		}
		a.did(string(kind), d.Key, didDelete)
		if a.flags.dry {
			continue
		}
		if err := a.core.Service.Definitions.Delete(ctx, a.caller(), kind, d.Key, service.Match{}); err != nil {
			return fmt.Errorf("%s %s: %w", kind, d.Key, err)
		}
	}
	return nil
}

func (a *applier) did(kind, key, did string) { a.done = append(a.done, applied{kind, key, did}) }

// report shows what was done. Of a dry run the exit code says whether something
// would change.
func (a *applier) report() error {
	if a.flags.dry {
		a.note("nothing was written; this is what would be:", "未写入任何内容，将要执行：")
	}
	var err error
	if a.json {
		err = a.printJSON(append([]applied{}, a.done...))
	} else {
		rows := [][]string{}
		for _, x := range a.done {
			rows = append(rows, []string{x.Kind, x.Key, a.say(x.Did, didZh[x.Did])})
		}
		err = a.table(rows)
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(a.done, func(x applied) bool { return x.Did == didKeep }) {
		a.note("kept definitions differ from the files; --overwrite writes them", "“保留原有”的定义与文件不同，可用 --overwrite 覆盖")
	}
	if a.flags.dry && slices.ContainsFunc(a.done, func(x applied) bool { return x.Did != didSame && x.Did != didKeep }) {
		return errChanges
	}
	return nil
}
