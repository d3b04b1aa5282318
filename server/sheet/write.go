package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/bylaw-dev/bylaw/engine"
)

// Format is a way of writing a table.
type Format string

// The formats.
const (
	CSV   Format = "csv"
	XLSX  Format = "xlsx"
	JSONL Format = "jsonl"
)

// Formats lists all.
var Formats = []Format{CSV, XLSX, JSONL}

// MediaType is the format's name on the web.
func (f Format) MediaType() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case JSONL:
		return "application/x-ndjson"
	}
	return "text/csv; charset=utf-8"
}

// Column is a column's key, in JSON lines, and its heading elsewhere.
type Column struct{ Key, Title string }

// Writer writes one row after the other; values are nil, string, bool, int64,
// float64, or anything else as JSON. Close it: without that the table is not whole.
type Writer interface {
	Row(values []any) error
	Close() error
}

// NewWriter begins a table.
func NewWriter(to io.Writer, f Format, columns []Column) (Writer, error) {
	switch f {
	case CSV:
		return newCSV(to, columns)
	case XLSX:
		return newXLSX(to, columns)
	case JSONL:
		return &jsonWriter{out: bufio.NewWriter(to), columns: columns}, nil
	}
	return nil, fmt.Errorf("there is no format %q", f)
}

type csvWriter struct {
	out *csv.Writer
	row []string
}

// newCSV begins with the mark by which Excel knows UTF-8.
func newCSV(to io.Writer, columns []Column) (Writer, error) {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return nil, err
	}
	w := &csvWriter{out: csv.NewWriter(to)}
	w.out.UseCRLF = true
	return w, w.Row(headings(columns))
}

func headings(columns []Column) []any {
	row := make([]any, len(columns))
	for i, c := range columns {
		row[i] = c.Title
	}
	return row
}

func (w *csvWriter) Row(values []any) error {
	w.row = w.row[:0]
	for _, v := range values {
		w.row = append(w.row, harmless(v))
	}
	return w.out.Write(w.row)
}

// harmless is a cell that no spreadsheet takes for a formula: a text that begins
// like one is quoted. Numbers are numbers.
func harmless(v any) string {
	text, is := v.(string)
	if !is {
		if text = textOf(v); v == nil || !strings.HasPrefix(text, "-") {
			return text
		}
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return text
		}
	}
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := plainJSON(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// plainJSON writes a value as JSON without escaping what HTML would trip over.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

func (w *csvWriter) Close() error {
	w.out.Flush()
	return w.out.Error()
}

type jsonWriter struct {
	out     *bufio.Writer
	columns []Column
}

// Row writes an object; columns without a value are left out.
func (w *jsonWriter) Row(values []any) error {
	n := 0
	for i, v := range values {
		if v == nil || v == "" {
			continue
		}
		name, err := plainJSON(w.columns[i].Key)
		if err != nil {
			return err
		}
		text, err := plainJSON(v)
		if err != nil {
			return err
		}
		fmt.Fprintf(w.out, "%c%s:%s", "{,"[min(n, 1)], name, text) // its error stays and comes with the line's end
		n++
	}
	end := "}\n"
	if n == 0 {
		end = "{}\n"
	}
	_, err := w.out.WriteString(end)
	return err
}

func (w *jsonWriter) Close() error { return w.out.Flush() }

// maxSheetRows is how many rows a sheet can have.
const maxSheetRows = excelize.TotalRows

type xlsxWriter struct {
	to     io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	row    int
	cells  []any
}

func newXLSX(to io.Writer, columns []Column) (Writer, error) {
	file := excelize.NewFile()
	stream, err := file.NewStreamWriter(file.GetSheetName(0)) // it keeps what is large in a temporary file
	if err != nil {
		return nil, err
	}
	w := &xlsxWriter{to: to, file: file, stream: stream}
	return w, w.Row(headings(columns))
}

// maxCellRunes is the longest text of a cell.
const maxCellRunes = excelize.TotalCellChars

func (w *xlsxWriter) Row(values []any) error {
	if w.row++; w.row > maxSheetRows {
		return engine.Invalid(engine.Text{En: "a sheet cannot hold so many rows", Zh: "工作表容纳不下这么多行"}, engine.Problem{
			Code: "too_many", Path: "/format", Message: engine.Text{En: fmt.Sprintf("xlsx ends at row %d", maxSheetRows), Zh: fmt.Sprintf("xlsx 最多 %d 行", maxSheetRows)},
			Hint: engine.Text{En: "write csv or jsonl, or fewer rows", Zh: "请改用 csv 或 jsonl，或缩小范围"}})
	}
	w.cells = w.cells[:0]
	for _, v := range values {
		w.cells = append(w.cells, cellOf(v))
	}
	at, err := excelize.CoordinatesToCellName(1, w.row)
	if err != nil {
		return err
	}
	return w.stream.SetRow(at, w.cells)
}

// cellOf keeps numbers that a sheet can hold exactly; all else is text, never a formula.
func cellOf(v any) any {
	switch v := v.(type) {
	case nil, bool:
		return v
	case int64:
		if v > -1<<53 && v < 1<<53 {
			return v
		}
	case float64:
		return v
	}
	text := textOf(v)
	if r := []rune(text); len(r) > maxCellRunes {
		text = string(r[:maxCellRunes-1]) + "…"
	}
	return text
}

func (w *xlsxWriter) Close() error {
	err := w.stream.Flush()
	if err == nil {
		err = w.file.Write(w.to)
	}
	return errors.Join(err, w.file.Close())
}
