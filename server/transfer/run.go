package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/sheet"
)

// Imported is the result of an import: every row is applied, unchanged or rejected.
type Imported struct {
	Rows      int         `json:"rows"`
	Applied   int         `json:"applied"`
	Unchanged int         `json:"unchanged"`
	Rejected  int         `json:"rejected"`
	Problems  []Rejection `json:"problems"`       // the first of them
	File      *File       `json:"file,omitempty"` // all rejected rows, with the reason in the last column
}

// Imports works imports as jobs.
type Imports struct {
	Importer
	Files Files
	Now   func() engine.Time
}

// chunk is how many rows are one step: read, looked up, and given to the machine.
const chunk = 200

// resultProblems is how many problems a result lists; the file has all.
const resultProblems = 100

// run is one import under way.
type run struct {
	*Imports
	who      service.Caller
	reading  *reading
	out      sheet.Writer
	file     *fileWriter
	result   Imported
	members  []*memberRow
	events   []eventRow
	rejected map[int][]Rejection // of the chunk, by row
	rows     []sheet.Row         // of the chunk
}

// Work imports one file. A worker that takes it up goes through the file from
// its first row again: what an earlier one has applied is found to be so, and
// nothing happens twice.
func (x *Imports) Work(ctx context.Context, w *jobs.Work) (any, error) {
	var bring Bring
	if err := w.Request(&bring); err != nil {
		return nil, err
	}
	j := w.Job()
	body, err := x.input(ctx, FileName{j.Workspace, j.ID, 0})
	if err != nil {
		return nil, err
	}
	r, err := x.open(ctx, j.Workspace, bring, body, j.CreatedAt)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.table.Close() }() // it was read only
	file := &fileWriter{ctx: ctx, files: x.Files, name: FileName{j.Workspace, j.ID, j.Epoch}, expires: x.Now().Add(KeptFor)}
	run := &run{Imports: x, reading: r, file: file, result: Imported{Problems: []Rejection{}}, rejected: map[int][]Rejection{},
		who: service.Caller{Workspace: j.Workspace, By: bring.By, Now: j.CreatedAt, Personal: true, Once: j.ID}}
	if err := run.all(ctx, int64(bytes.Count(body, []byte("\n"))), w.Progress); err != nil {
		return nil, err
	}
	if run.out != nil {
		if err := errors.Join(run.out.Close(), file.Close()); err != nil {
			return nil, err
		}
		run.result.File = &File{"rejected.csv", sheet.CSV.MediaType(), file.bytes, j.Epoch, file.expires}
	}
	return run.result, nil
}

// input reads the file that the job was given.
func (x *Imports) input(ctx context.Context, name FileName) ([]byte, error) {
	var body []byte
	for part := int64(0); ; part++ {
		more, err := x.Files.ReadFile(ctx, name, part, x.Now())
		if err != nil {
			return nil, err
		}
		if more == nil {
			break
		}
		body = append(body, more...)
	}
	if body == nil {
		return nil, engine.Invalid(wrongImport, engine.Problem{Code: "expired", Path: "/file", Message: engine.Text{
			En: "the file was not kept long enough: send it again", Zh: "文件已过期，请重新上传"}})
	}
	return body, nil
}

// PutInput keeps the file that a job shall import.
func PutInput(ctx context.Context, files Files, workspace, job string, now engine.Time, body []byte) error {
	w := &fileWriter{ctx: ctx, files: files, name: FileName{workspace, job, 0}, expires: now.Add(KeptFor)}
	if _, err := w.Write(body); err != nil {
		return err
	}
	return w.Close()
}

// all reads and applies chunk by chunk. lines is about how many rows there are.
func (r *run) all(ctx context.Context, lines int64, progress func(done, total int64)) error {
	for {
		row, v, err := r.reading.next()
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return err
		}
		if !end {
			r.take(row, v)
		}
		if len(r.rows) == chunk || end {
			if err := r.apply(ctx); err != nil {
				return err
			}
			progress(int64(r.result.Rows), max(lines, int64(r.result.Rows)))
		}
		if end {
			return ctx.Err()
		}
	}
}

func (r *run) take(row sheet.Row, v values) {
	r.rows = append(r.rows, row)
	r.result.Rows++
	var wrong []Rejection
	if r.reading.bring.Noun == "events" {
		var e engine.Event
		if e, wrong = r.reading.event(row, v); len(wrong) == 0 {
			r.events = append(r.events, eventRow{row, e})
		}
	} else {
		var m *memberRow
		if m, wrong = r.reading.member(row, v); len(wrong) == 0 {
			r.members = append(r.members, m)
		}
	}
	r.reject(wrong)
}

func (r *run) reject(wrong []Rejection) {
	for _, x := range wrong {
		r.rejected[x.Row] = append(r.rejected[x.Row], x)
	}
}

// apply gives the chunk to the machine and writes down what was rejected.
func (r *run) apply(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var wrong []Rejection
	var err error
	if len(r.events) > 0 {
		wrong, err = r.sendEvents(ctx, r.who, r.reading, r.events, &r.result)
	} else if len(r.members) > 0 {
		wrong, err = r.sendMembers(ctx, r.who, r.reading, r.members, &r.result)
	}
	if err != nil {
		return err
	}
	r.reject(wrong)
	for _, row := range r.rows {
		if reasons := r.rejected[row.Number]; reasons != nil {
			if err := r.writeRejected(row, reasons); err != nil {
				return err
			}
		}
	}
	clear(r.rejected)
	r.rows, r.events, r.members = r.rows[:0], r.events[:0], r.members[:0]
	return nil
}

// writeRejected writes a row as it came, with the reasons behind it.
func (r *run) writeRejected(row sheet.Row, reasons []Rejection) error {
	r.result.Rejected++
	r.result.Problems = append(r.result.Problems, reasons[:min(len(reasons), resultProblems-len(r.result.Problems))]...)
	lang := r.reading.defs.Settings.Lang
	if r.out == nil {
		columns := []sheet.Column{}
		for _, name := range r.reading.table.Columns {
			columns = append(columns, sheet.Column{Key: name, Title: name})
		}
		columns = append(columns, sheet.Column{Title: engine.Text{En: "Row", Zh: "行号"}.In(lang)}, sheet.Column{Title: engine.Text{En: "Problem", Zh: "问题"}.In(lang)})
		var err error
		if r.out, err = sheet.NewWriter(r.file, sheet.CSV, columns); err != nil {
			return err
		}
	}
	cells := make([]any, 0, len(row.Cells)+2)
	for _, c := range row.Cells {
		cells = append(cells, c.Text)
	}
	for len(cells) < len(r.reading.table.Columns) {
		cells = append(cells, nil)
	}
	return r.out.Row(append(cells, json.Number(fmt.Sprint(row.Number)), because(reasons, lang)))
}

// because is why a row was rejected, in one cell.
func because(reasons []Rejection, lang string) string {
	text := ""
	for i, x := range reasons {
		if i > 0 {
			text += "; "
		}
		if x.Column != "" {
			text += x.Column + ": "
		}
		text += x.Problem.In(lang)
		if hint := x.Hint.In(lang); hint != "" {
			text += " (" + hint + ")"
		}
	}
	return text
}
