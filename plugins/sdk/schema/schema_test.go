package schema

import (
	"strings"
	"testing"
)

const sample = `{
  "type": "object", "required": ["url", "token"],
  "properties": {
    "url": {"type": "string", "format": "uri"},
    "mode": {"type": "string", "enum": ["a", "b"], "default": "a"},
    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    "tags": {"type": "array", "maxItems": 2, "items": {"type": "string", "pattern": "^x"}},
    "token": {"type": "string", "minLength": 4, "x-secret": true, "x-i18n": {"zh": {"title": "令牌"}}}
  }}`

func TestParseRefusesWhatFormsCannotShow(t *testing.T) {
	bad := map[string]string{
		"unknown keyword":  `{"type":"object","oneOf":[]}`,
		"root type":        `{"type":"string"}`,
		"unknown type":     `{"type":"object","properties":{"a":{"type":"null"}}}`,
		"unknown format":   `{"type":"object","properties":{"a":{"type":"string","format":"ipv4"}}}`,
		"secret number":    `{"type":"object","properties":{"a":{"type":"integer","x-secret":true}}}`,
		"nested secret":    `{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string","x-secret":true}}}}}`,
		"required missing": `{"type":"object","required":["a"]}`,
		"bad pattern":      `{"type":"object","properties":{"a":{"type":"string","pattern":"("}}}`,
		"bare array":       `{"type":"object","properties":{"a":{"type":"array"}}}`,
		"null property":    `{"type":"object","properties":{"a":null}}`,
		"open":             `{"type":"object","additionalProperties":true}`,
		"trailing":         `{"type":"object"} {}`,
	}
	for name, doc := range bad {
		if _, err := Parse([]byte(doc)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestValidate(t *testing.T) {
	s, err := Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.Secrets(), ","); got != "token" {
		t.Fatalf("secrets %q", got)
	}
	secret := map[string]string{"token": "abcd"}
	cases := []struct {
		config  string
		secrets map[string]string
		want    string // pointer code, comma separated
	}{
		{`{"url":"https://a.example","mode":"b","port":25,"tags":["x1"]}`, secret, ""},
		{``, secret, "/url required"},
		{`[]`, secret, " type"},
		{`{`, secret, " json"},
		{`{"url":"https://a.example"}`, nil, "/token required"},
		{`{"url":"https://a.example"}`, map[string]string{"token": "abc"}, "/token min"},
		{`{"url":"nope"}`, secret, "/url format"},
		{`{"url":1}`, secret, "/url type"},
		{`{"url":"https://a.example","mode":"c"}`, secret, "/mode enum"},
		{`{"url":"https://a.example","port":0}`, secret, "/port minimum"},
		{`{"url":"https://a.example","port":65536}`, secret, "/port maximum"},
		{`{"url":"https://a.example","port":1.5}`, secret, "/port type"},
		{`{"url":"https://a.example","tags":["x","y","x"]}`, secret, "/tags max,/tags/1 pattern"},
		{`{"url":"https://a.example","extra":true}`, secret, "/extra additionalProperties"},
		{`{"url":"https://a.example","token":"abcd"}`, secret, "/token x-secret"},
		{`{}`, map[string]string{"token": "abcd", "url": "https://a.example"}, "/url x-secret"},
	}
	for _, c := range cases {
		var got []string
		for _, p := range s.Validate([]byte(c.config), c.secrets) {
			got = append(got, p.Pointer+" "+p.Code)
			if p.En == "" || p.Zh == "" {
				t.Errorf("%s: a problem without words: %+v", c.config, p)
			}
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s: got %q, want %q", c.config, strings.Join(got, ","), c.want)
		}
	}
}
