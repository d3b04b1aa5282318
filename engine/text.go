package engine

// Text is a sentence that an operator sees, in both languages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// In gives the text in a language: "zh" (and zh-CN ...) or English otherwise.
// A language that is missing falls back to the other one.
func (t Text) In(lang string) string {
	if len(lang) >= 2 && lang[:2] == "zh" && t.Zh != "" || t.En == "" {
		return t.Zh
	}
	return t.En
}
