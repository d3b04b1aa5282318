package store

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// fill puts rows of every kind of value into every table.
func fill(t *testing.T, db dbtest.Database, s *Store, amount int) {
	t.Helper()
	raw := db.Open(t)
	texts := []string{"", "a", "a ", "A", "群规", "😀 \"quoted\" <b>\n\t\\", "\u2028"}
	blobs := [][]byte{{}, nil, {0xff, 0, 0x80}, []byte(`{"zh":"群规"}`), []byte(strings.Repeat("long ", 20000))}
	for _, table := range workspaceTables {
		rows, err := raw.Query("SELECT * FROM " + table + " LIMIT 0")
		if err != nil {
			t.Fatal(err)
		}
		types, err := rows.ColumnTypes()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		for n := range amount {
			var names []string
			var args []any
			for _, column := range types {
				names = append(names, column.Name())
				args = append(args, valueFor(column, n, texts, blobs))
			}
			text := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES (" + marks(len(names)) + ")"
			if _, err := raw.Exec(text, args...); err != nil {
				t.Fatalf("%s: %v", table, err)
			}
		}
	}
}

func valueFor(column *sql.ColumnType, n int, texts []string, blobs [][]byte) any {
	kind := strings.ToUpper(column.DatabaseTypeName())
	switch {
	case strings.Contains(kind, "INT"):
		return []int64{0, -1, 1 << 62, -1 << 63}[n%4]/3 + int64(n)
	case column.Name() == "hash" || column.Name() == "request" || column.Name() == "route":
		return []byte(fmt.Sprint(n))
	case strings.Contains(kind, "BLOB"):
		if b := blobs[n%len(blobs)]; b != nil {
			return b
		}
		return nil
	case column.Name() == "record_key": // of a cell: not a text
		return append([]byte{0xfe, 0}, fmt.Sprint(n)...)
	case kind == "VARBINARY":
		return []byte(texts[n%len(texts)] + fmt.Sprint(n))[:min(32, len(texts[n%len(texts)]+fmt.Sprint(n)))]
	}
	return texts[n%len(texts)] + fmt.Sprint(n)
}

func opened(t *testing.T, db dbtest.Database) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: db.URL, Instance: "backup"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func backedUp(t *testing.T, s *Store) ([]byte, BackupInfo) {
	t.Helper()
	var b bytes.Buffer
	info, err := s.WriteBackup(t.Context(), &b, 5, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	checked, err := CheckBackup(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(checked) != fmt.Sprint(info) || info.Schema == 0 || info.At != 5 {
		t.Fatalf("checking finds %+v, writing said %+v", checked, info)
	}
	return b.Bytes(), info
}

// A backup goes round through every engine, and every table comes out the same each time.
func TestBackupRestoresOnEveryEngine(t *testing.T) {
	engines := dbtest.Engines(t)
	first := dbtest.New(t, engines[0])
	s := opened(t, first)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	fill(t, first, s, 40)
	file, info := backedUp(t, s)
	for _, to := range append(engines[1:len(engines):len(engines)], engines[0]) {
		target := opened(t, dbtest.New(t, to))
		var told int64
		err := target.Restore(t.Context(), bytes.NewReader(file), info, Restoring{Progress: func(done, _ int64) { told = done }})
		if err != nil {
			t.Fatalf("to %s: %v", to, err)
		}
		again, now := backedUp(t, target)
		if fmt.Sprint(now.Tables) != fmt.Sprint(info.Tables) || now.Rows != int64(40*len(workspaceTables)) || told != now.Rows {
			t.Fatalf("to %s: restored %d rows, told of %d:\n%v\nwant\n%v", to, now.Rows, told, now.Tables, info.Tables)
		}
		file = again
	}
}

func TestRestoreOverwritesOnlyWhenTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := opened(t, db)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		fill(t, db, s, 3)
		file, info := backedUp(t, s)
		if _, err := db.Open(t).Exec("DELETE FROM items"); err != nil {
			t.Fatal(err)
		}
		err := s.Restore(t.Context(), bytes.NewReader(file), info, Restoring{})
		if engine.CodeOf(err) != engine.CodeConflict || !strings.Contains(fmt.Sprint(err), "--overwrite") {
			t.Fatalf("restoring into a filled database: %v", err)
		}
		// What fails half-way leaves what was there.
		if err := s.Restore(t.Context(), bytes.NewReader(file[:len(file)/2]), info, Restoring{Overwrite: true}); err == nil {
			t.Fatal("half a file was restored")
		}
		if _, now := backedUp(t, s); now.Rows != info.Rows-3 {
			t.Fatalf("after a restore that failed %d rows are left, not %d", now.Rows, info.Rows-3)
		}
		if err := s.Restore(t.Context(), bytes.NewReader(file), info, Restoring{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if _, now := backedUp(t, s); fmt.Sprint(now.Tables) != fmt.Sprint(info.Tables) {
			t.Errorf("overwritten: %v, want %v", now.Tables, info.Tables)
		}
	})
}

// A backup of an older program is restored as it was and then brought up to date.
func TestRestoreBringsOlderTablesUpToDate(t *testing.T) {
	db := dbtest.New(t, dbtest.SQLite)
	source := opened(t, db)
	if err := source.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	fill(t, db, source, 2)
	file, _ := backedUp(t, source)
	// Version 25 had these tables as they still are; newer ones it did not have.
	head, _, _ := strings.Cut(unpacked(t, file), "\n")
	text := strings.Replace(head, fmt.Sprintf(`"schema":%d`, schemaOf(t, source)), `"schema":25`, 1) + "\n"
	for _, table := range []string{"items", "ledger", "timers"} {
		_, after, _ := strings.Cut(unpacked(t, file), `{"table":"`+table+`"`)
		rows, _, _ := strings.Cut(after, `{"table":`)
		text += `{"table":"` + table + `"` + rows
	}
	older := resealed(t, text+`{"end":"backup"`, 2*3)
	info, err := CheckBackup(bytes.NewReader(older))
	if err != nil {
		t.Fatal(err)
	}
	target := opened(t, dbtest.New(t, dbtest.SQLite))
	if err := target.Restore(t.Context(), bytes.NewReader(older), info, Restoring{}); err != nil {
		t.Fatal(err)
	}
	if _, now := backedUp(t, target); now.Rows != 6 || info.Rows != 6 || now.Schema != schemaOf(t, source) {
		t.Errorf("restored %+v, want %d rows", now, info.Rows)
	}
	info.Schema = schemaOf(t, source) + 1
	if err := target.Restore(t.Context(), bytes.NewReader(file), info, Restoring{}); engine.CodeOf(err) != engine.CodeConflict {
		t.Errorf("a backup of a newer program: %v", err)
	}
}

// resealed gives a text that was changed the end that fits it.
func resealed(t *testing.T, text string, rows int) []byte {
	t.Helper()
	text = text[:strings.LastIndex(text, `{"end":"backup"`)]
	h := sha256.Sum256([]byte(text))
	return repacked(t, text+fmt.Sprintf(`{"end":"backup","rows":%d,"sha256":"%x"}`+"\n", rows, h))
}

func schemaOf(t *testing.T, s *Store) int64 {
	t.Helper()
	current, _, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return current
}

func unpacked(t testing.TB, file []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func repacked(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDamagedBackupsNameThePlace(t *testing.T) {
	db := dbtest.New(t, dbtest.SQLite)
	s := opened(t, db)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	fill(t, db, s, 3)
	file, _ := backedUp(t, s)
	text := unpacked(t, file)
	lines := strings.SplitAfter(text, "\n")
	tests := []struct {
		name, want string
		file       []byte
	}{
		{"empty", "not gzip", nil},
		{"a database", "--database sqlite:", []byte("SQLite format 3\x00 and more")},
		{"cut in the packing", "cut off", file[:len(file)/2]},
		{"cut in the text", "line 4 (table audit, row 2): the file ends here", repacked(t, strings.Join(lines[:3], ""))},
		{"no end", "the file ends here", repacked(t, strings.Join(lines[:len(lines)-2], ""))},
		{"another file", "line 1: this is not a backup", repacked(t, "{}\n")},
		{"a newer format", "format 9", repacked(t, strings.Replace(text, `"format":1`, `"format":9`, 1))},
		{"a changed head", "check sum of the whole", repacked(t, strings.Replace(text, `"at":"1970`, `"at":"1971`, 1))},
		{"a changed row", "table audit is damaged", repacked(t, lines[0]+lines[1]+strings.Replace(lines[2], "0", "7", 1)+strings.Join(lines[3:], ""))},
		{"a row too short", "(table audit, row 1): this row is damaged", repacked(t, lines[0]+lines[1]+"[1]\n"+strings.Join(lines[3:], ""))},
		{"a row of something else", "(table audit, row 1): this row is damaged", repacked(t, lines[0]+lines[1]+"[1.5,true,[],{}]\n")},
		{"a row left out", "table audit is damaged", repacked(t, lines[0]+lines[1]+strings.Join(lines[3:], ""))},
		{"more after the end", "something follows", repacked(t, text+"more")},
		{"an unknown table", `"evil" is not one`, repacked(t, lines[0]+`{"table":"evil","columns":["a"]}`+"\n")},
		{"bits", "damaged", append(append([]byte{}, file[:40]...), append([]byte("xxxxxxxxxx"), file[50:]...)...)},
	}
	for _, test := range tests {
		_, err := CheckBackup(bytes.NewReader(test.file))
		var all string
		if e := new(engine.Error); errors.As(err, &e) && len(e.Problems) == 1 {
			all = e.Problems[0].Path + ": " + e.Problems[0].Message.En
		}
		if !strings.Contains(all, test.want) {
			t.Errorf("%s: %q does not say %q (%v)", test.name, all, test.want, err)
		}
	}
}

func FuzzCheckBackup(f *testing.F) {
	f.Add("{\"backup\":\"bylaw\",\"format\":1}\n{\"table\":\"audit\",\"columns\":[\"a\",\"b\"]}\n[1,{\"b64\":\"/w==\"}]\n{\"end\":\"audit\",\"rows\":1}\n{\"end\":\"backup\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		info, err := CheckBackup(bytes.NewReader(repacked(t, text)))
		if err == nil && info.Format != backupFormat {
			t.Errorf("accepted: %+v", info)
		}
	})
}
