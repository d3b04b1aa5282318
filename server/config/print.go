package config

import (
	"net/url"
	"strings"
)

// Shown is a setting in force, as it may be shown: secrets are hidden.
type Shown struct {
	Name   string `json:"name"`
	Env    string `json:"env"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
	About  string `json:"about"`
}

// Show lists all settings in force; about is in a language.
func (l *Loaded) Show(lang string) []Shown {
	all := make([]Shown, 0, len(Table))
	for i := range Table {
		s := &Table[i]
		text := l.values[s.Name]
		switch {
		case s.Name == "database":
			text = hidePassword(l.Database)
		case s.Name == "data-dir":
			text = l.DataDir
		case s.Secret && text != "":
			text = "********"
		}
		all = append(all, Shown{s.Name, s.Env(), text, l.Origins[s.Name], s.About.In(lang)})
	}
	return all
}

// hidePassword blanks the password of a database's address. An address that is
// no URL is not shown at all: it may be one whose password was not encoded.
func hidePassword(address string) string {
	if strings.HasPrefix(address, "sqlite:") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "mysql://********"
	}
	return u.Redacted()
}
