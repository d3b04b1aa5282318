package api

import (
	"strings"
	"testing"
)

func TestLifeOfARule(t *testing.T) {
	b := setup(t)
	yaml := "key: hello\nkind: reward\ntitle: {en: Hello, zh: 你好}\non: member.joined\nthen:\n  - grant_points: {amount: 10}   # ten\n"
	a := b.as("operator", "PUT", "/api/v1/rules/hello", yaml, "Content-Type: application/yaml").want(201).is(yaml, "document").is("你好", "title", "zh")
	tag := a.Header.Get("ETag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	b.as("operator", "PUT", "/api/v1/rules/hello", strings.Replace(yaml, "10", "20", 1), "Content-Type: text/yaml", "If-Match: "+tag).want(200)
	b.as("operator", "PUT", "/api/v1/rules/hello", yaml, "Content-Type: text/yaml", "If-Match: "+tag).want(412)
	b.as("operator", "POST", "/api/v1/rules/hello/publish", "", "If-Match: "+tag).want(412)
	b.as("operator", "PUT", "/api/v1/rules/hello", yaml, "Content-Type: text/yaml", "If-None-Match: *").want(412)
	b.as("operator", "PUT", "/api/v1/rules/hello", yaml, "Content-Type: text/yaml", "If-Match: 7").want(400)
	b.as("operator", "POST", "/api/v1/rules/hello/publish", `{"shadow":true}`).want(200).is("shadow", "state").is(1, "version").is(false, "draft")
	b.as("operator", "POST", "/api/v1/rules/hello/publish", `{"percent":5}`).want(200).is("live", "state").is(1, "version").is(5, "live", "percent")
	b.as("operator", "POST", "/api/v1/rules/hello/resume", "").want(409)
	b.as("operator", "POST", "/api/v1/rules/hello/pause", "{}").want(200).is("paused", "state")
	b.as("operator", "POST", "/api/v1/rules/hello/resume", "").want(200).is("live", "state")
	b.as("operator", "PUT", "/api/v1/rules/hello", strings.Replace(yaml, "10", "30", 1), "Content-Type: application/yaml").want(200).is(true, "draft").is("live", "state")
	b.as("operator", "POST", "/api/v1/rules/hello/publish", "").want(200).is(2, "version")
	b.as("viewer", "GET", "/api/v1/rules/hello/versions", "").want(200).is(2, "items", 0, "version").is(1, "items", 1, "version").is("tok_operator", "items", 0, "by")
	b.as("operator", "POST", "/api/v1/rules/hello/rollback", `{"version":1}`).want(200).is(1, "version").is(strings.Replace(yaml, "10", "20", 1), "live", "document")
	b.as("operator", "POST", "/api/v1/rules/hello/rollback", `{"version":9}`).want(404)
	b.as("viewer", "GET", "/api/v1/rules?state=live", "").want(200).is("hello", "items", 0, "key").is("member.joined", "items", 0, "on", 0).is("grant_points", "items", 0, "does", 0)
	b.as("viewer", "GET", "/api/v1/rules?state=paused", "").want(200).is(nil, "items", 0)
	b.as("operator", "DELETE", "/api/v1/rules/hello", "").want(204)
	b.as("viewer", "GET", "/api/v1/rules/hello", "").want(404)
	b.as("viewer", "GET", "/api/v1/rules/hello/versions", "").want(404)
}

func TestProblemsOfARule(t *testing.T) {
	b := setup(t)
	bad := `{"key":"x","kind":"reward","on":"checkin.done","when":"member.points > ","then":[{"award_badge":{"badge":"nothing"}}]}`
	a := b.as("operator", "PUT", "/api/v1/rules/x", bad).want(201)
	if a.get("problems", 0, "line") == nil || a.get("problems", 1) == nil {
		t.Errorf("a draft's problems are not shown: %s", a.Body)
	}
	p := b.as("operator", "POST", "/api/v1/rules/x/publish", "{}").want(422).problem()
	if len(p.Problems) < 2 || p.Problems[0].Line == 0 || p.Problems[0].Column == 0 {
		t.Errorf("%+v", p)
	}
	b.as("operator", "PUT", "/api/v1/rules/y", bad).want(422).is("/key", "problems", 0, "path")
	b.as("operator", "PUT", "/api/v1/rules/UPPER", bad).want(422)
	b.as("operator", "PUT", "/api/v1/rules/x", `{"key":`).want(400)
	b.as("operator", "PUT", "/api/v1/rules/x", `[]`).want(422)
	b.as("operator", "PUT", "/api/v1/rules/z", ": : :\n\t- [", "Content-Type: application/yaml").want(201) // a draft may have any problems
	b.as("viewer", "POST", "/api/v1/rules/check", `{"document":`+tenPoints+`}`).want(200).is("no_cases", "problems", 0, "code").is("no_bound", "problems", 1, "code").is(nil, "problems", 2)
	if a := b.as("viewer", "POST", "/api/v1/rules/check", `{"document":"kind: reward\non: nothing"}`).want(200); a.get("problems", 0, "message", "zh") == nil {
		t.Errorf("%s", a.Body)
	}
	if a := b.as("viewer", "POST", "/api/v1/rules/complete", `{"expression":"member.ti","cursor":9,"on":["checkin.done"]}`).want(200); !strings.Contains(string(a.Body), `"label":"member.tier"`) {
		t.Errorf("%s", a.Body)
	}
	if a := b.as("viewer", "GET", "/api/v1/vocabulary", "").want(200); a.get("event_types", 0) == nil || a.get("language", 0) == nil {
		t.Errorf("%s", a.Body)
	}
}

// A workspace may ask that what one person wrote another publishes.
func TestSecondPerson(t *testing.T) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/settings", `{"zone":"Asia/Shanghai","currency":"CNY","lang":"zh","second_person":true}`).want(200)
	b.as("operator", "PUT", "/api/v1/rules/ten", tenPoints).want(201)
	b.as("operator", "POST", "/api/v1/rules/ten/publish", "{}").want(403)
	b.as("admin", "POST", "/api/v1/rules/ten/publish", "{}").want(200)
}
