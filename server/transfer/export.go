package transfer

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/sheet"
)

// Ask says what an export shall hold.
type Ask struct {
	Noun     string       `json:"noun"`
	Format   sheet.Format `json:"format"`
	Columns  []string     `json:"columns,omitempty"` // their keys; none: all
	Lang     string       `json:"lang,omitempty"`    // of the headings: zh or en; none: the workspace's
	Where    string       `json:"where,omitempty"`   // of members
	Words    string       `json:"q,omitempty"`       // of members, as their list takes them
	From     engine.Time  `json:"from,omitzero"`     // of events and decisions: at in [from, to)
	To       engine.Time  `json:"to,omitzero"`
	By       string       `json:"by,omitempty"`
	Personal bool         `json:"personal,omitempty"` // the asker may see personal fields
}

// Nouns lists what can be exported.
func Nouns() []string { return slices.Sorted(maps.Keys(nouns)) }

// Exporter writes exports.
type Exporter struct {
	Service *service.Service
	Readers service.Readers
	State   func(ctx context.Context, workspace string) (*engine.Definitions, error)
}

// plan is an export that may be begun.
type plan struct {
	noun    *noun
	columns []column
	heads   []sheet.Column
}

// Check reports everything that is wrong with an ask.
func (x *Exporter) Check(ctx context.Context, who service.Caller, ask Ask) error {
	_, err := x.plan(ctx, who, ask)
	return err
}

func (x *Exporter) plan(ctx context.Context, who service.Caller, ask Ask) (*plan, error) {
	var problems []engine.Problem
	n := nouns[ask.Noun]
	if n == nil {
		problems = append(problems, unknown("/noun", ask.Noun, Nouns()))
	}
	if !slices.Contains(sheet.Formats, ask.Format) {
		problems = append(problems, unknown("/format", string(ask.Format), []string{"csv", "xlsx", "jsonl"}))
	}
	if ask.Lang != "" && ask.Lang != "zh" && ask.Lang != "en" {
		problems = append(problems, unknown("/lang", ask.Lang, []string{"zh", "en"}))
	}
	if n != nil && ask.Words != "" && !n.where {
		problems = append(problems, notHere("/q", ask.Noun))
	}
	if n != nil && ask.Where != "" && !n.where {
		problems = append(problems, notHere("/where", ask.Noun))
	}
	if n != nil && (ask.From != 0 || ask.To != 0) && !n.between {
		problems = append(problems, notHere("/from", ask.Noun))
	}
	if err := engine.Invalid(wrongAsk, problems...); err != nil {
		return nil, err
	}
	if ask.Where != "" { // its own problems have their places
		if _, err := x.Service.Members.List(ctx, who, service.MemberQuery{Where: ask.Where, Page: engine.Page{Limit: 1}}); err != nil {
			return nil, err
		}
	}
	defs, err := x.State(ctx, who.Workspace)
	if err != nil {
		return nil, err
	}
	return n.plan(defs, who, ask)
}

var wrongAsk = engine.Text{En: "the export cannot be made", Zh: "无法导出"}

func unknown(path, got string, known []string) engine.Problem {
	list := strings.Join(known, ", ")
	return engine.Problem{Code: "unknown_value", Path: path, Message: engine.Text{
		En: fmt.Sprintf("there is no %.64q; write one of %s", got, list), Zh: fmt.Sprintf("没有 %.64q，可选：%s", got, list)}}
}

func notHere(path, noun string) engine.Problem {
	return engine.Problem{Code: "not_here", Path: path, Message: engine.Text{
		En: "an export of " + noun + " does not take this", Zh: "导出 " + noun + " 时不可使用此项"}}
}

// plan chooses the columns that are asked for and may be seen.
func (n *noun) plan(defs *engine.Definitions, who service.Caller, ask Ask) (*plan, error) {
	loc, err := calendar.LoadZone(defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	p := &plan{noun: n}
	all := n.columns(defs, clock{loc})
	var problems []engine.Problem
	var keys []string
	for _, c := range all {
		keys = append(keys, c.key)
		if len(ask.Columns) == 0 && (who.Personal || !c.personal) {
			p.columns = append(p.columns, c)
		}
	}
	for i, key := range ask.Columns {
		path := fmt.Sprintf("/columns/%d", i)
		at := slices.Index(keys, key)
		switch {
		case at < 0:
			problems = append(problems, unknown(path, key, keys))
		case all[at].personal && !who.Personal:
			problems = append(problems, engine.Problem{Code: "personal", Path: path, Message: engine.Text{
				En: key + " is personal: it needs a token with the scope pii:read", Zh: key + " 为个人信息：需要带 pii:read 权限的令牌"}})
		default:
			p.columns = append(p.columns, all[at])
		}
	}
	lang := ask.Lang
	if lang == "" {
		lang = defs.Settings.Lang
	}
	for _, c := range p.columns {
		p.heads = append(p.heads, sheet.Column{Key: c.key, Title: c.title.In(lang)})
	}
	return p, engine.Invalid(wrongAsk, problems...)
}

// Write writes an export and says how many rows it has. Of many rows only a page
// is in memory at a time.
func (x *Exporter) Write(ctx context.Context, who service.Caller, ask Ask, to io.Writer, progress func(done, total int64)) (rows int64, err error) {
	p, err := x.plan(ctx, who, ask)
	if err != nil {
		return 0, err
	}
	out, err := sheet.NewWriter(to, ask.Format, p.heads)
	if err != nil {
		return 0, err
	}
	w := &walk{ctx: ctx, service: x.Service, reader: x.Readers.Reader(who.Workspace), who: who, ask: ask, progress: progress}
	values := make([]any, len(p.columns))
	err = p.noun.each(w, func(row any) error {
		for i := range p.columns {
			values[i] = p.columns[i].value(row)
		}
		rows++
		return out.Row(values)
	})
	if err != nil {
		return rows, err
	}
	return rows, out.Close()
}
