package shape

import (
	"encoding/json"
	"strings"
	"testing"
)

const schemas = `{
 "Key": {"type":"string","pattern":"^[a-z]+$","maxLength":4},
 "Text": {"type":"object","properties":{"en":{"type":"string"},"zh":{"type":"string"}}},
 "Tree": {"type":"object","additionalProperties":false,"required":["title"],"properties":{
   "title":{"$ref":"#/components/schemas/Text"},"key":{"$ref":"#/components/schemas/Key"},
   "kids":{"type":"array","maxItems":2,"items":{"$ref":"#/components/schemas/Tree"}},
   "size":{"type":"integer","minimum":0,"maximum":10},"mode":{"type":"string","enum":["open","closed"]},
   "at":{"type":"string","format":"date-time"},"meta":{"type":"object","readOnly":true},
   "free":{"type":"object","additionalProperties":{"type":["string","null"]}}}}}`

func tree(t *testing.T) *Schema {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(schemas), &raw); err != nil {
		t.Fatal(err)
	}
	s, err := NewSet(raw).Named("Tree")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCheck(t *testing.T) {
	s := tree(t)
	tests := []struct{ body, want string }{
		{`{"title":{"en":"a"},"key":"abc","kids":[{"title":{}}],"size":10,"mode":"open","at":"2026-01-01T00:00:00Z","free":{"x":null}}`, ""},
		{`{"title":{},"size":null,"meta":7}`, ""},
		{`[]`, "wrong_type "},
		{`{}`, "required /title"},
		{`{"title":null}`, "wrong_type /title"},
		{`{"title":{"en":1},"key":"ABCDE","kids":[{"titel":{}},{"title":{}},{"title":{}}],"size":11}`,
			"too_long /key; bad_format /key; too_long /kids; required /kids/0/title; unknown_field /kids/0/titel; out_of_range /size; wrong_type /title/en"},
		{`{"title":{},"size":1.5,"mode":"opne","at":"today","free":{"a/b":1}}`, "bad_time /at; wrong_type /free/a~1b; unknown_value /mode; wrong_type /size"},
		{`{"title":{},"size":99999999999999999999}`, "wrong_type /size"},
		{`{"title":`, "malformed_json "},
	}
	for _, test := range tests {
		var got []string
		for _, p := range s.Check([]byte(test.body)) {
			got = append(got, p.Code+" "+p.Path)
			if p.Message.En == "" || p.Message.Zh == "" {
				t.Errorf("%s: a message lacks a language: %+v", test.body, p)
			}
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.body, strings.Join(got, "; "), test.want)
		}
	}
}

func TestHints(t *testing.T) {
	for _, p := range tree(t).Check([]byte(`{"title":{},"mode":"opne","knds":[]}`)) {
		want := map[string]string{"/mode": `did you mean "open"?`, "/knds": `did you mean "kids"?`}[p.Path]
		if p.Hint.En != want || p.Hint.Zh == "" {
			t.Errorf("%s: hint %q, want %q", p.Path, p.Hint.En, want)
		}
	}
}

func TestBadSchemasAreRefused(t *testing.T) {
	for _, bad := range []string{`{"$ref":"#/components/schemas/Nothing"}`, `{"type":7}`, `{"pattern":"("}`, `{"items":{"type":7}}`} {
		if _, err := NewSet(nil).Compile([]byte(bad)); err == nil {
			t.Errorf("%s compiles", bad)
		}
	}
}
