package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/sheet"
)

// Bring says what a file is and how it is to be read.
type Bring struct {
	Noun    string            `json:"noun"`              // members or events
	Format  sheet.Format      `json:"format,omitempty"`  // none: told by the content
	Columns map[string]string `json:"columns,omitempty"` // heading -> field; "" leaves a column out, none is proposed
	Set     map[string]string `json:"set,omitempty"`     // field -> its value in every row
	Live    bool              `json:"live,omitempty"`    // events: decided by rules as if they came now
	By      string            `json:"by,omitempty"`
}

// Rejection is what is wrong with one row.
type Rejection struct {
	Row     int         `json:"row"`
	Column  string      `json:"column,omitempty"` // its heading; none: the whole row
	Problem engine.Text `json:"problem"`
	Hint    engine.Text `json:"hint,omitzero"`
}

// Importer reads files into a workspace.
type Importer struct {
	Service *service.Service
	Machine machine.Accepter
	Readers service.Readers
	State   func(ctx context.Context, workspace string) (*engine.Definitions, error)
}

// reading is a table on its way in.
type reading struct {
	table   *sheet.Table
	bring   Bring
	defs    *engine.Definitions
	zone    *time.Location
	now     engine.Time
	mapping []string       // field by column, "" for none
	seen    map[string]int // what names a row -> the row that had it first
}

// open begins to read a file: everything that is wrong with the ask is an error.
func (x *Importer) open(ctx context.Context, workspace string, bring Bring, body []byte, now engine.Time) (*reading, error) {
	if bring.Noun != "members" && bring.Noun != "events" {
		return nil, engine.Invalid(wrongImport, unknown("/noun", bring.Noun, []string{"events", "members"}))
	}
	table, err := sheet.Open(body, bring.Format)
	if err != nil {
		return nil, err
	}
	defs, err := x.State(ctx, workspace)
	if err != nil {
		return nil, err
	}
	zone, err := calendar.LoadZone(defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	r := &reading{table: table, bring: bring, defs: defs, zone: zone, now: now, seen: map[string]int{}}
	if err := r.mapColumns(); err != nil {
		return nil, errors.Join(err, table.Close())
	}
	return r, nil
}

var wrongImport = engine.Text{En: "the file cannot be imported", Zh: "文件无法导入"}

// values are the fields of a row that are not empty.
type values map[string]sheet.Cell

// next gives the next row's fields; io.EOF after the last.
func (r *reading) next() (sheet.Row, values, error) {
	row, err := r.table.Next()
	if err != nil {
		return row, nil, err
	}
	v := values{}
	for field, text := range r.bring.Set {
		v[field] = sheet.Cell{Text: text}
	}
	for i, c := range row.Cells {
		if field := r.mapping[i]; field != "" && c.Text != "" {
			v[field] = c
		}
	}
	return row, v, nil
}

// column is the heading of a field.
func (r *reading) column(field string) string {
	for i, f := range r.mapping {
		if f == field {
			return r.table.Columns[i]
		}
	}
	return ""
}

// rejections collects what is wrong with one row.
type rejections struct {
	reading *reading
	row     int
	list    []Rejection
}

func (j *rejections) add(field string, problem, hint engine.Text) {
	j.list = append(j.list, Rejection{j.row, j.reading.column(field), problem, hint})
}

func (j *rejections) say(field, en, zh string) {
	j.add(field, engine.Text{En: en, Zh: zh}, engine.Text{})
}

// about is whether something is wrong with a field already.
func (j *rejections) about(field string) bool {
	return slices.ContainsFunc(j.list, func(x Rejection) bool { return x.Column == j.reading.column(field) })
}

// Check says whether a file can be imported at all; its rows are looked at later.
func (x *Importer) Check(ctx context.Context, who service.Caller, bring Bring, body []byte) error {
	r, err := x.open(ctx, who.Workspace, bring, body, who.Now)
	if err != nil {
		return err
	}
	return r.table.Close()
}

// Column is one column of a file that was looked at.
type Column struct {
	Name    string `json:"name"`
	Field   string `json:"field"` // what it is read as; "" for nothing
	Example string `json:"example,omitempty"`
}

// Preview is how a file would be read.
type Preview struct {
	Format    sheet.Format        `json:"format"`
	Encoding  string              `json:"encoding,omitempty"`
	Delimiter string              `json:"delimiter,omitempty"`
	Columns   []Column            `json:"columns"`
	Fields    []string            `json:"fields"` // what a column may be read as
	Rows      []map[string]string `json:"rows"`   // the first ones, by field
	Total     int                 `json:"total"`
	Rejected  int                 `json:"rejected"`
	Problems  []Rejection         `json:"problems"` // the first of them
}

// How much a preview shows.
const (
	previewRows = 20
	maxProblems = 1000
)

// Preview reads a whole file and changes nothing.
func (x *Importer) Preview(ctx context.Context, who service.Caller, bring Bring, body []byte) (*Preview, error) {
	r, err := x.open(ctx, who.Workspace, bring, body, who.Now)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.table.Close() }() // it was read only
	p := &Preview{Format: r.table.Format, Encoding: r.table.Encoding, Delimiter: r.table.Delimiter, Fields: r.fields(), Rows: []map[string]string{}, Problems: []Rejection{}}
	for i, name := range r.table.Columns {
		p.Columns = append(p.Columns, Column{Name: name, Field: r.mapping[i]})
	}
	for {
		row, v, err := r.next()
		if err == io.EOF { //nolint:errorlint // it is io.EOF itself, as readers give it
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.note(row, v, r.judge(row, v))
	}
}

func (p *Preview) note(row sheet.Row, v values, wrong []Rejection) {
	if p.Total++; p.Total <= previewRows {
		shown := map[string]string{}
		for field, c := range v {
			shown[field] = c.Text
		}
		p.Rows = append(p.Rows, shown)
	}
	for i := range row.Cells {
		if p.Columns[i].Example == "" {
			p.Columns[i].Example = row.Cells[i].Text
		}
	}
	if len(wrong) > 0 {
		p.Rejected++
		p.Problems = append(p.Problems, wrong[:min(len(wrong), maxProblems-len(p.Problems))]...)
	}
}

// judge says what is wrong with a row before anything else is known.
func (r *reading) judge(row sheet.Row, v values) []Rejection {
	if r.bring.Noun == "events" {
		_, wrong := r.event(row, v)
		return wrong
	}
	_, wrong := r.member(row, v)
	return wrong
}

// unreadable is what a row is rejected for that could not be read at all.
func unreadable(row sheet.Row) []Rejection {
	if row.Problem == nil {
		return nil
	}
	return []Rejection{{Row: row.Number, Problem: row.Problem.Message, Hint: row.Problem.Hint}}
}
