package shape

import (
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// meant is the hint "did you mean", or the list of what is known.
func meant(word string, known []string) engine.Text {
	if near := spelling.Nearest(word, known); near != "" {
		return engine.Text{En: fmt.Sprintf("did you mean %q?", near), Zh: fmt.Sprintf("是不是想写 %q？", near)}
	}
	if len(known) == 0 {
		return engine.Text{}
	}
	list := strings.Join(known[:min(len(known), 20)], ", ")
	return engine.Text{En: "known: " + list, Zh: "可用：" + list}
}
