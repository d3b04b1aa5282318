package sheet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/bylaw-dev/bylaw/engine"
)

// Cell is one value of a row. JSON is what JSON lines say, nil elsewhere.
type Cell struct {
	Text string
	JSON json.RawMessage
}

// Row is one row: its number as a person counts (the heading is 1), its cells in
// the order of the columns, and what is wrong with it.
type Row struct {
	Number  int
	Cells   []Cell
	Problem *engine.Problem
}

// Table is a table that was opened for reading.
type Table struct {
	Format    Format
	Encoding  string // utf-8 or gb18030; of CSV
	Delimiter string // of CSV
	Columns   []string
	next      func() (Row, error)
	close     func() error
}

// Next gives the next row that is not empty; io.EOF after the last. A row that
// cannot be read has a Problem and stops nothing.
func (t *Table) Next() (Row, error) {
	for {
		row, err := t.next()
		if err != nil || row.Problem != nil || slices.ContainsFunc(row.Cells, func(c Cell) bool { return c.Text != "" }) {
			return row, err
		}
	}
}

// Close frees what the table holds.
func (t *Table) Close() error {
	if t.close == nil {
		return nil
	}
	return t.close()
}

// Bounds of what is read.
const (
	maxColumns = 500
	maxHeading = 191
)

// Open begins to read a table; an empty format is told by the content. An error
// is engine.CodeInvalid and says what the file is instead.
func Open(body []byte, f Format) (t *Table, err error) {
	if f == "" {
		f = formatOf(body)
	}
	switch f {
	case XLSX:
		t, err = openXLSX(body)
	case JSONL:
		t, err = openJSONL(body)
	case CSV:
		t, err = openCSV(body)
	default:
		return nil, refuse("format", "there is no format "+string(f), "没有格式 "+string(f))
	}
	if err != nil {
		return nil, err
	}
	return t, t.check()
}

// check looks at the headings.
func (t *Table) check() error {
	if len(t.Columns) == 0 {
		return refuse("empty", "the file has no heading: its first row must name the columns", "文件没有表头：第一行应为列名")
	}
	if len(t.Columns) > maxColumns {
		return refuse("too_many", fmt.Sprintf("the file has %d columns; %d are taken", len(t.Columns), maxColumns), fmt.Sprintf("文件有 %d 列，最多 %d 列", len(t.Columns), maxColumns))
	}
	seen := map[string]bool{}
	for i, c := range t.Columns {
		c = strings.TrimSpace(c)
		if c == "" {
			c = fmt.Sprintf("#%d", i+1)
		}
		if len(c) > maxHeading {
			return refuse("too_long", fmt.Sprintf("the heading of column %d is too long", i+1), fmt.Sprintf("第 %d 列的列名过长", i+1))
		}
		for n := 2; seen[c]; n++ {
			c = fmt.Sprintf("%s #%d", strings.TrimSpace(t.Columns[i]), n)
		}
		seen[c], t.Columns[i] = true, c
	}
	return nil
}

func refuse(code, en, zh string) error {
	return engine.Invalid(engine.Text{En: "the file cannot be read", Zh: "文件无法读取"}, engine.Problem{Code: code, Path: "/file", Message: engine.Text{En: en, Zh: zh}})
}

func formatOf(body []byte) Format {
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) {
		return XLSX
	}
	if text := bytes.TrimLeft(body, "\ufeff \t\r\n"); len(text) > 0 && text[0] == '{' {
		return JSONL
	}
	return CSV
}

// plain gives a text in UTF-8 without its mark, and what it was written in.
func plain(body []byte) (text []byte, encoding string, err error) {
	if utf8.Valid(body) {
		return bytes.TrimPrefix(body, []byte("\ufeff")), "utf-8", nil
	}
	if bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) {
		return nil, "", refuse("encoding", "the file is in UTF-16: save it as CSV UTF-8", "文件为 UTF-16 编码：请另存为 CSV UTF-8")
	}
	text, err = simplifiedchinese.GB18030.NewDecoder().Bytes(body)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, "", refuse("encoding", "the file is neither UTF-8 nor GB18030: save it as CSV UTF-8", "文件既不是 UTF-8 也不是 GB18030 编码：请另存为 CSV UTF-8")
	}
	return text, "gb18030", nil
}

func openCSV(body []byte) (*Table, error) {
	text, encoding, err := plain(body)
	if err != nil {
		return nil, err
	}
	delimiter := delimiterOf(text)
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = delimiter, -1, true
	columns, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, refuse("heading", "the heading cannot be read: "+err.Error(), "表头无法读取："+err.Error())
	}
	t := &Table{Format: CSV, Encoding: encoding, Delimiter: string(delimiter), Columns: columns}
	number := 1
	t.next = func() (Row, error) {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return Row{}, io.EOF
		}
		number++
		row := Row{Number: number}
		if err != nil {
			row.Problem = &engine.Problem{Code: "bad_row", Message: engine.Text{En: "this row cannot be read: " + err.Error(), Zh: "此行无法读取：" + err.Error()}}
			return row, nil //nolint:nilerr // a bad row stops no other
		}
		row.fill(record, len(t.Columns))
		return row, nil
	}
	return t, nil
}

// fill takes the texts of a row; those past the last column are a problem.
func (r *Row) fill(texts []string, columns int) {
	r.Cells = make([]Cell, columns)
	for i, text := range texts {
		text = strings.TrimSpace(text)
		if i >= columns {
			if text != "" && r.Problem == nil {
				r.Problem = &engine.Problem{Code: "too_many", Message: engine.Text{
					En: fmt.Sprintf("the row has %d cells, the heading %d", len(texts), columns), Zh: fmt.Sprintf("此行有 %d 个单元格，表头只有 %d 列", len(texts), columns)},
					Hint: engine.Text{En: "quote cells that hold the delimiter", Zh: "包含分隔符的单元格请加引号"}}
			}
			continue
		}
		r.Cells[i].Text = unquoted(text)
	}
}

// unquoted takes away the quote that an export of ours puts before what looks
// like a formula.
func unquoted(text string) string {
	if rest, is := strings.CutPrefix(text, "'"); is && rest != "" && strings.ContainsRune("=+-@\t\r", rune(rest[0])) {
		return rest
	}
	return text
}

// delimiterOf is the one that the first line has most of.
func delimiterOf(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', 0
	for _, d := range []rune{',', ';', '\t', '|'} {
		n, quoted := 0, false
		for _, r := range string(line) {
			if r == '"' {
				quoted = !quoted
			} else if r == d && !quoted {
				n++
			}
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}
