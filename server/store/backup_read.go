package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// maxBackupLine bounds one row of a backup.
const maxBackupLine = 512 << 20

// backupVisitor takes what is read from a backup; nil members take nothing.
type backupVisitor struct {
	head  func(backupHead) error
	table func(name string, columns []string) error
	row   func(values []any) error // nil, int64, string or []byte
	end   func(BackupTable) error
}

// CheckBackup reads a backup to its end: everything that a restore would trip
// over is an error that names the place. Nothing is changed.
func CheckBackup(from io.Reader) (BackupInfo, error) { return readBackup(from, backupVisitor{}) }

// readBackup reads a backup and hands on what it finds, checked as far as it has come.
func readBackup(from io.Reader, v backupVisitor) (BackupInfo, error) {
	r := &backupReader{visitor: v, whole: sha256.New()}
	buffered := bufio.NewReaderSize(from, 1<<16)
	if start, _ := buffered.Peek(15); string(start) == "SQLite format 3" {
		return r.info, damaged("", "this is a SQLite database, not a backup of bylaw backup: serve it with --database sqlite:<file>",
			"这是 SQLite 数据库文件，而非 bylaw backup 的备份：可用 --database sqlite:<文件> 直接使用")
	}
	packed, err := gzip.NewReader(buffered)
	if err != nil {
		return r.info, damaged("", "this is not a backup of bylaw backup (it is not gzip)", "这不是 bylaw backup 的备份（不是 gzip 格式）")
	}
	r.in = bufio.NewReaderSize(packed, 1<<16)
	for !r.finished {
		line, err := r.line()
		if err == nil {
			err = r.take(line)
		}
		if err != nil {
			return r.info, err
		}
	}
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
		return r.info, r.damage("something follows the end of the backup", "备份结尾之后还有内容")
	}
	return r.info, nil
}

type backupReader struct {
	visitor  backupVisitor
	in       *bufio.Reader
	number   int64 // of the line
	whole    hash.Hash
	info     BackupInfo
	table    string
	columns  int
	rows     int64
	own      hash.Hash
	finished bool
}

func damaged(place, en, zh string) error {
	return engine.Invalid(engine.Text{En: "the backup cannot be used", Zh: "备份不可用"},
		engine.Problem{Code: "backup_damaged", Path: place, Message: engine.Text{En: en, Zh: zh},
			Hint: engine.Text{En: "use another backup, or fetch this one again", Zh: "请换用其他备份，或重新获取该文件"}})
}

// damage is an error at the line that was read last.
func (r *backupReader) damage(en, zh string) error {
	place := fmt.Sprintf("line %d", r.number)
	if r.table != "" {
		place += fmt.Sprintf(" (table %s, row %d)", r.table, r.rows+1)
	}
	return damaged(place, en, zh)
}

func (r *backupReader) line() ([]byte, error) {
	r.number++
	var long []byte
	for {
		part, err := r.in.ReadSlice('\n')
		switch {
		case err == nil && long == nil:
			return part, nil
		case err == nil:
			return append(long, part...), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, r.cut(err)
		case len(long) > maxBackupLine:
			return nil, r.damage("this line is too long", "此行过长")
		}
		long = append(long, part...)
	}
}

func (r *backupReader) cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.damage("the file ends here: it was cut off", "文件在此处中断，内容不完整")
	}
	return r.damage("the file is damaged: "+err.Error(), "文件已损坏："+err.Error())
}

// take reads one line: that of a row is an array, all others are objects.
func (r *backupReader) take(line []byte) error {
	if r.table != "" && line[0] == '[' {
		return r.takeRow(line)
	}
	if r.number == 1 {
		return r.takeHead(line)
	}
	if r.table != "" {
		return r.takeEnd(line)
	}
	var t backupTableHead
	if json.Unmarshal(line, &t) == nil && t.Table != "" {
		return r.takeTable(line, t)
	}
	var end backupEnd
	if json.Unmarshal(line, &end) != nil || end.End != "backup" {
		return r.damage("here a table should begin", "此处应为一张表的开头")
	}
	if end.SHA256 != sum(r.whole) || end.Rows != r.info.Rows {
		return r.damage("the check sum of the whole file is wrong: something was changed or left out", "整个文件的校验和不符：内容被改动或缺失")
	}
	r.finished = true
	return nil
}

func (r *backupReader) takeHead(line []byte) error {
	var h backupHead
	if json.Unmarshal(line, &h) != nil || h.Backup != "bylaw" {
		return r.damage("this is not a backup of bylaw backup", "这不是 bylaw backup 的备份")
	}
	if h.Format != backupFormat {
		return r.damage(fmt.Sprintf("the backup has format %d, this program reads %d: use the program that wrote it, or a newer one", h.Format, backupFormat),
			fmt.Sprintf("备份格式为 %d，本程序可读 %d：请使用写出它的程序或更新的版本", h.Format, backupFormat))
	}
	r.whole.Write(line)
	r.info = BackupInfo{Format: h.Format, Schema: h.Schema, At: h.At}
	if r.visitor.head != nil {
		return r.visitor.head(h)
	}
	return nil
}

func (r *backupReader) takeTable(line []byte, t backupTableHead) error {
	known := slices.Contains(workspaceTables, t.Table)
	twice := slices.ContainsFunc(r.info.Tables, func(x BackupTable) bool { return x.Name == t.Table })
	if !known || twice || len(t.Columns) == 0 {
		return r.damage(fmt.Sprintf("table %.40q is not one of this program, or comes twice", t.Table), fmt.Sprintf("表 %.40q 不属于本程序或重复出现", t.Table))
	}
	r.whole.Write(line)
	r.table, r.columns, r.rows, r.own = t.Table, len(t.Columns), 0, sha256.New()
	if r.visitor.table != nil {
		return r.visitor.table(t.Table, t.Columns)
	}
	return nil
}

func (r *backupReader) takeRow(line []byte) error {
	values, err := rowValues(line)
	if err != nil || len(values) != r.columns {
		return r.damage("this row is damaged", "此行数据已损坏")
	}
	r.whole.Write(line)
	r.own.Write(line)
	r.rows++
	r.info.Rows++
	if r.visitor.row != nil {
		return r.visitor.row(values)
	}
	return nil
}

func (r *backupReader) takeEnd(line []byte) error {
	var end backupEnd
	if json.Unmarshal(line, &end) != nil || end.End != r.table {
		return r.damage("this row is damaged", "此行数据已损坏")
	}
	if end.Rows != r.rows || end.SHA256 != sum(r.own) {
		return r.damage(fmt.Sprintf("table %s is damaged: its check sum or its number of rows is wrong", r.table),
			fmt.Sprintf("表 %s 已损坏：校验和或行数不符", r.table))
	}
	r.whole.Write(line)
	t := BackupTable{end.End, end.Rows, end.SHA256}
	r.info.Tables = append(r.info.Tables, t)
	r.table = ""
	if r.visitor.end != nil {
		return r.visitor.end(t)
	}
	return nil
}

// rowValues reads the values of one row.
func rowValues(line []byte) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var values []any
	if err := d.Decode(&values); err != nil {
		return nil, err
	}
	for i, v := range values {
		var err error
		switch v := v.(type) {
		case nil, string:
		case json.Number:
			values[i], err = v.Int64()
		case map[string]any:
			values[i], err = bytesOf(v)
		default:
			err = errRow
		}
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

var errRow = errors.New("a value is none of null, integer, text and bytes")

func bytesOf(v map[string]any) (b []byte, err error) {
	text, is := v["b64"].(string)
	if !is || len(v) != 1 {
		return nil, errRow
	}
	return b, json.Unmarshal([]byte(`"`+text+`"`), &b)
}
