package config

import "strings"

// Text is a sentence in both languages of the operators.
type Text struct{ En, Zh string }

// In gives the text in a language: Chinese for zh, zh_CN and so on, else English.
func (t Text) In(lang string) string {
	if strings.HasPrefix(lang, "zh") {
		return t.Zh
	}
	return t.En
}

// Kind is how a setting's value is written.
type Kind string

// The kinds.
const (
	String   Kind = "text"
	Bool     Kind = "true or false"
	Number   Kind = "number"
	Duration Kind = "duration" // Go's: 90s, 5m
	List     Kind = "list"     // separated by commas; in the file a list
)

// Setting describes one setting.
type Setting struct {
	Name    string // as a flag and in the file
	Kind    Kind
	Default string
	About   Text
	// Secret values are never shown and cannot be flags, which other users of
	// the machine can read.
	Secret bool
	// check says what is wrong with a value that is of the right kind.
	check func(value string) *Text
}

// Env is the setting's name in the environment.
func (s *Setting) Env() string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// EnvPrefix begins the names of all settings in the environment.
const EnvPrefix = "BYLAW_"

// Find gives the setting with a name, nil when there is none.
func Find(name string) *Setting {
	for i := range Table {
		if Table[i].Name == name {
			return &Table[i]
		}
	}
	return nil
}

func names() []string {
	all := make([]string, len(Table))
	for i := range Table {
		all[i] = Table[i].Name
	}
	return all
}
