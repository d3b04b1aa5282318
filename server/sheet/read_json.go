package sheet

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// openJSONL reads one object a line. Objects in objects are columns with dots:
// {"member":{"id":"m"}} has the column member.id.
func openJSONL(body []byte) (*Table, error) {
	text, encoding, err := plain(body)
	if err != nil {
		return nil, err
	}
	r := &jsonReader{table: &Table{Format: JSONL, Encoding: encoding}, at: map[string]int{}}
	number := 0
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if number++; len(bytes.TrimSpace(line)) > 0 {
			r.lines = append(r.lines, jsonLine{number, line})
			r.learn(line)
		}
	}
	if len(r.lines) > 0 && len(r.table.Columns) == 0 {
		return nil, refuse("heading", "no line is a JSON object", "没有一行是 JSON 对象")
	}
	r.table.next = r.next
	return r.table, nil
}

// jsonReader gives the lines of a file one by one.
type jsonReader struct {
	table *Table
	at    map[string]int // a column's place, by its name
	lines []jsonLine     // that are left
}

type jsonLine struct {
	number int
	text   []byte
}

// learn adds the columns of a line. One that is no object has none.
func (r *jsonReader) learn(line []byte) {
	fields, err := flat(line)
	if err != nil || len(r.at) > maxColumns {
		return
	}
	for _, f := range fields {
		if _, known := r.at[f.name]; !known {
			r.at[f.name] = len(r.table.Columns)
			r.table.Columns = append(r.table.Columns, f.name)
		}
	}
}

func (r *jsonReader) next() (Row, error) {
	if len(r.lines) == 0 {
		return Row{}, io.EOF
	}
	line := r.lines[0]
	r.lines = r.lines[1:]
	row := Row{Number: line.number, Cells: make([]Cell, len(r.table.Columns))}
	fields, err := flat(line.text)
	if err != nil {
		row.Problem = &engine.Problem{Code: "bad_row", Message: engine.Text{En: "this line is no JSON object: " + err.Error(), Zh: "此行不是 JSON 对象：" + err.Error()}}
		return row, nil //nolint:nilerr // a bad row stops no other
	}
	for _, f := range fields {
		if i, known := r.at[f.name]; known {
			row.Cells[i] = f.cell()
		}
	}
	return row, nil
}

type field struct {
	name  string
	value json.RawMessage
}

// cell is the value as a text; a list of texts keeps its JSON.
func (f field) cell() Cell {
	c := Cell{Text: string(f.value), JSON: f.value}
	var text string
	if json.Unmarshal(f.value, &text) == nil {
		c.Text = text // of null: empty
	}
	return c
}

// flat gives the fields of an object, those of objects in it with dots.
func flat(line []byte) ([]field, error) {
	var fields []field
	return fields, flatten(&fields, "", line, 0)
}

const maxDepth = 8

func flatten(into *[]field, prefix string, text []byte, depth int) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := object[name]
		if v := bytes.TrimSpace(value); depth < maxDepth && len(v) > 2 && v[0] == '{' {
			if err := flatten(into, prefix+name+".", v, depth+1); err != nil {
				return err
			}
			continue
		}
		*into = append(*into, field{prefix + name, value})
	}
	return nil
}
