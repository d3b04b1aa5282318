package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func readAll(t testing.TB, body []byte, f Format) (*Table, string) {
	t.Helper()
	table, err := Open(body, f)
	if err != nil {
		return nil, fmt.Sprint(err)
	}
	defer table.Close()
	var rows []string
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return table, fmt.Sprint(err)
		}
		var cells []string
		for _, c := range row.Cells {
			cells = append(cells, c.Text)
		}
		text := fmt.Sprintf("%d:%s", row.Number, strings.Join(cells, "/"))
		if row.Problem != nil {
			text += "!" + row.Problem.Code
		}
		rows = append(rows, text)
	}
	return table, strings.Join(rows, " ")
}

func TestTablesAreReadAsPeopleHaveThem(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte("手机;城市\r\n138;上海\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, body, columns, rows, more string }{
		{"csv", "a,b\n1,2\n", "a b", "2:1/2", "utf-8 ,"},
		{"csv of Excel", "\ufeff手机,城市\r\n138, 上海 \r\n", "手机 城市", "2:138/上海", "utf-8 ,"},
		{"gb18030", string(gb), "手机 城市", "2:138/上海", "gb18030 ;"},
		{"tabs", "a\tb,c\td\n1\t2\t3\n", "a b,c d", "2:1/2/3", "utf-8 \t"},
		{"quotes", "a,b\n\"x, \"\"y\"\"\",\"line\nbreak\"\n3,4\n", "a b", "2:x, \"y\"/line\nbreak 3:3/4", "utf-8 ,"},
		{"short and long", "a,b\n1\n1,2,3\n1,2,\n", "a b", "2:1/ 3:1/2!too_many 4:1/2", "utf-8 ,"},
		{"empty rows", "a,b\n,\n\n1,2\n", "a b", "3:1/2", "utf-8 ,"},
		{"headings twice", "a,a,\n1,2,3\n", "a a #2 #3", "2:1/2/3", "utf-8 ,"},
		{"our own quotes", "a\n'=1+1\n'x\n", "a", "2:=1+1 3:'x", "utf-8 ,"},
		{"jsonl", `{"id":"a","member":{"id":"m"},"n":1.50,"tags":["x"]}` + "\n\nno\n" + `{"n":null,"id":"b","new":true}`, "id member.id n tags new", `1:a/m/1.50/["x"]/ 3:////!bad_row 4:b////true`, "utf-8 "},
		{"nothing", "", "", "invalid: the file cannot be read", ""},
		{"utf-16", "\xff\xfea\x00", "", "invalid: the file cannot be read", ""},
		{"no text", "\xff\xff\xff\x00,\xff", "", "invalid: the file cannot be read", ""},
		{"no workbook", "PK\x03\x04 and nothing", "", "invalid: the file cannot be read", ""},
	}
	for _, test := range tests {
		table, rows := readAll(t, []byte(test.body), "")
		if !strings.HasPrefix(rows, test.rows) {
			t.Errorf("%s: rows %q, want %q", test.name, rows, test.rows)
		}
		if table != nil && (strings.Join(table.Columns, " ") != test.columns || table.Encoding+" "+table.Delimiter != test.more) {
			t.Errorf("%s: columns %q, %s %q", test.name, table.Columns, table.Encoding, table.Delimiter)
		}
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	columns := []Column{{"name", "名称"}, {"n", "数"}, {"more", "其他"}}
	for _, f := range Formats {
		var b bytes.Buffer
		w, err := NewWriter(&b, f, columns)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range [][]any{{"=1+1", int64(-5), []string{"a<b"}}, {"@群规", int64(1) << 60, nil}, {"-x", 1.5, true}} {
			if err := w.Row(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if f == CSV && !strings.Contains(b.String(), "'=1+1,-5,\"[\"\"a<b\"\"]\"\r\n'@群规,") {
			t.Errorf("csv: %q", b.String())
		}
		table, rows := readAll(t, b.Bytes(), "")
		want := `2:=1+1/-5/["a<b"] 3:@群规/1152921504606846976/ 4:-x/1.5/true`
		if f == JSONL { // whose columns come in the order of the alphabet
			want = `1:["a<b"]/-5/=1+1 2:/1152921504606846976/@群规 3:true/1.5/-x`
		}
		if f == XLSX {
			want = `2:=1+1/-5/["a<b"] 3:@群规/1152921504606846976/ 4:-x/1.5/1`
		}
		if table == nil || table.Format != f || len(table.Columns) != 3 {
			t.Fatalf("%s: %+v", f, table)
		}
		if rows != want {
			t.Errorf("%s: %q, want %q", f, rows, want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("a,b\n1,\"2\n"), byte(0))
	f.Add([]byte("{\"a\":{\"b\":[1]}}\n{"), byte(1))
	f.Add([]byte("a;b\n\"x\";\xc4\xe3\n"), byte(0))
	f.Fuzz(func(t *testing.T, body []byte, kind byte) {
		table, err := Open(body, []Format{CSV, JSONL, ""}[kind%3])
		if err != nil {
			return
		}
		defer table.Close()
		for last := 0; ; {
			row, err := table.Next()
			if err != nil {
				return
			}
			if row.Number <= last || row.Problem == nil && len(row.Cells) != len(table.Columns) {
				t.Fatalf("row %d after %d with %d of %d cells", row.Number, last, len(row.Cells), len(table.Columns))
			}
			last = row.Number
		}
	})
}
