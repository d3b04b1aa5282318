package ingest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// Malformed is the problem code of a body that is not JSON.
const Malformed = "malformed_json"

// malformed makes the error of a body that is not JSON, naming line and column.
func malformed(body []byte, f *fault) error {
	line, column := place(body, f.offset)
	at := engine.Text{
		En: fmt.Sprintf("line %d, column %d (byte %d)", line, column, f.offset),
		Zh: fmt.Sprintf("第 %d 行第 %d 列（第 %d 字节）", line, column, f.offset),
	}
	return &engine.Error{
		Code:    engine.CodeInvalid,
		Message: engine.Text{En: "the body is not JSON: " + f.what.En + " at " + at.En, Zh: "请求体不是 JSON：" + at.Zh + "，" + f.what.Zh},
		Problems: []engine.Problem{{Code: Malformed, Line: line, Column: column, Message: f.what,
			Hint: engine.Text{En: "send what a JSON encoder writes", Zh: "请用 JSON 编码器生成请求体"}}},
	}
}

// place counts lines and columns from 1, columns in characters.
func place(body []byte, offset int) (line, column int) {
	before := body[:min(offset, len(body))]
	line = bytes.Count(before, []byte{'\n'}) + 1
	return line, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
}

// maxProblems bounds what is reported of one event.
const maxProblems = 20

// report notes one thing wrong with the event that is being read. path is below
// the event, "" the event itself.
func (d *decoder) report(path, code string, message, hint engine.Text) {
	list := d.out.Problems[d.index]
	if len(list) >= maxProblems {
		return
	}
	p := engine.Problem{Code: code, Path: "/events/" + strconv.Itoa(d.index) + path, Line: d.line, Message: message, Hint: hint}
	if d.out.Problems == nil {
		d.out.Problems = map[int][]engine.Problem{}
	}
	d.out.Problems[d.index] = append(list, p)
}

func (d *decoder) wrongType(path, wantEn, wantZh string) {
	d.report(path, "wrong_type",
		engine.Text{En: "this must be " + wantEn, Zh: "这里必须是" + wantZh}, engine.Text{})
}

func (d *decoder) unknownField(path string, name []byte, known []string) {
	n := clip(string(name))
	hint := engine.Text{En: "known fields: " + strings.Join(known, ", "), Zh: "可用字段：" + strings.Join(known, "、")}
	d.report(path+"/"+pointer(n), "unknown_field",
		engine.Text{En: fmt.Sprintf("there is no field %q", n), Zh: fmt.Sprintf("没有字段 %q", n)}, hint)
}

func (d *decoder) duplicateName(path string, name []byte) {
	n := clip(string(name))
	d.report(path+"/"+pointer(n), "duplicate_name",
		engine.Text{En: fmt.Sprintf("%q is given twice", n), Zh: fmt.Sprintf("%q 重复出现", n)}, engine.Text{})
}

func (d *decoder) required(path, name string) {
	d.report(path+"/"+name, "required",
		engine.Text{En: name + " is missing", Zh: "缺少 " + name}, engine.Text{})
}

// clip shortens what a caller wrote for use in a message.
func clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	n := 64
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointer escapes a name for use in a JSON pointer.
func pointer(name string) string { return pointerEscapes.Replace(name) }
