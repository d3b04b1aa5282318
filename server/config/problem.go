package config

import (
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// Problem is one thing wrong with the settings: where it stands and what to do.
type Problem struct {
	Where string // "--listen", "BYLAW_LISTEN", "bylaw.yaml:3"
	Text  Text
}

// Error is everything wrong with the settings.
type Error struct{ Problems []Problem }

// Error gives the English texts, one a line.
func (e *Error) Error() string { return e.In("en") }

// In gives the problems in a language, one a line.
func (e *Error) In(lang string) string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Where + ": " + p.Text.In(lang)
	}
	return strings.Join(lines, "\n")
}

// unknown says that a name means nothing, and what may have been meant.
func unknown(where, name string, known []string) Problem {
	t := Text{En: fmt.Sprintf("there is no setting %q", name), Zh: fmt.Sprintf("没有设置项 %q", name)}
	if near := spelling.Nearest(name, known); near != "" {
		t.En += fmt.Sprintf("; did you mean %q?", near)
		t.Zh += fmt.Sprintf("，是不是想写 %q？", near)
	} else {
		t.En += "; `bylaw config print` lists them all"
		t.Zh += "；`bylaw config print` 可列出全部"
	}
	return Problem{Where: where, Text: t}
}
