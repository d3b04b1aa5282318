package api

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/service"
)

const fivePoints = `{"key":"five","kind":"reward","title":{"en":"Five","zh":"五"},"on":"message.sent","then":[{"grant_points":{"amount":5}}],` +
	`"cases":[{"name":"one","events":[{"type":"message.sent"}],"expect":{"effects":[{"grant_points":{"amount":AMOUNT}}]}}]}`

// Cases run when asked for and on every save, and a red one stops a publish at
// its place, in both languages.
func TestCasesStandInTheWay(t *testing.T) {
	b := setup(t)
	red, green := strings.Replace(fivePoints, "AMOUNT", "6", 1), strings.Replace(fivePoints, "AMOUNT", "5", 1)
	b.as("viewer", "POST", "/api/v1/rules/check", `{"document":`+red+`}`).want(200).is(nil, "cases")
	b.as("viewer", "POST", "/api/v1/rules/check", `{"cases":true,"document":`+red+`}`).want(200).is(false, "cases", 0, "ok").is("/cases/0/expect/effects/0", "cases", 0, "problems", 0, "path").is("{outcome: true, effects: [{grant_points: {amount: 5}}]}", "cases", 0, "accept")
	b.as("viewer", "POST", "/api/v1/rules/check", `{"cases":true,"document":{"kind":"reward"}}`).want(200).is(nil, "cases", 0)
	b.as("operator", "PUT", "/api/v1/rules/five", red).want(201).is("cases", "path", "next").is(1, "path", "cases", "red").is("grant_points {amount: 6}", "cases", 0, "expected")
	if p := b.as("operator", "POST", "/api/v1/rules/five/publish", "{}").want(422).problem(); p.Problems[0].Line == 0 || p.Problems[0].Path != "/cases/0/expect/effects/0" {
		t.Errorf("%+v", p)
	}
	b.as("operator", "PUT", "/api/v1/rules/five", green).want(200).is(true, "cases", 0, "ok").is("publish", "path", "next")
	b.as("operator", "POST", "/api/v1/rules/five/publish", "{}").want(200).is("live", "path", "next")
	b.as("operator", "PUT", "/api/v1/rules/ten", tenPoints).want(201)
	b.as("operator", "POST", "/api/v1/rules/ten/publish", "{}").want(200) // having no cases stops nothing
}

// An approval is for the words that were read: it falls when they change, and
// no other revision of them is approved by accident.
func TestApproval(t *testing.T) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/settings", `{"zone":"Asia/Shanghai","currency":"CNY","lang":"zh","second_person":true}`).want(200)
	b.as("admin", "POST", "/api/v1/rules/ten/approve", "").want(404)
	read := b.as("operator", "PUT", "/api/v1/rules/ten", tenPoints).want(201).is("approve", "path", "next").is("tok_operator", "path", "approval", "author")
	other := strings.Replace(tenPoints, `10`, `11`, 1)
	b.as("operator", "PUT", "/api/v1/rules/ten", other).want(200)
	b.as("admin", "POST", "/api/v1/rules/ten/approve", "", "If-Match: "+read.Header.Get("ETag")).want(412)
	b.as("operator", "POST", "/api/v1/rules/ten/approve", "").want(403)
	b.as("admin", "POST", "/api/v1/rules/ten/approve", "").want(200).is("tok_admin", "path", "approval", "by").is("tok_operator", "path", "approval", "author")
	b.as("operator", "PUT", "/api/v1/rules/ten", other).want(200).is(true, "path", "approval", "ok") // the same words
	b.as("operator", "PUT", "/api/v1/rules/ten", tenPoints).want(200).is(false, "path", "approval", "ok")
	b.as("operator", "POST", "/api/v1/rules/ten/publish", "{}").want(403)
	b.as("admin", "POST", "/api/v1/rules/ten/approve", "").want(200)
	b.as("operator", "POST", "/api/v1/rules/ten/publish", `{"shadow":true}`).want(200).is("widen", "path", "next")
	b.as("admin", "POST", "/api/v1/rules/ten/approve", "").want(409) // there is no draft
}

// Rules that files provide are read-only, but for the brake; and can be released.
func TestProvidedRulesAreReadOnly(t *testing.T) {
	b := setup(t)
	files := service.Caller{Workspace: "ws_a", By: "command line", Now: b.now, Origin: "git"}
	rules := b.server.Service.Rules
	if _, _, err := rules.Save(t.Context(), files, "ten", []byte(tenPoints), service.Match{}); err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Publish(t.Context(), files, "ten", service.Match{}, service.Publication{}); err != nil {
		t.Fatal(err)
	}
	b.as("viewer", "GET", "/api/v1/rules/ten", "").want(200).is("git", "origin")
	for _, call := range []struct{ method, path, body string }{
		{"PUT", "", tenPoints}, {"DELETE", "", ""}, {"POST", "/publish", "{}"}, {"POST", "/rollback", `{"version":1}`}, {"POST", "/approve", ""},
	} {
		p := b.as("owner", call.method, "/api/v1/rules/ten"+call.path, call.body).want(409).problem()
		if len(p.Problems) != 1 || p.Problems[0].Code != "provided" || !strings.Contains(p.Message.En, `"git"`) || !strings.Contains(p.Problems[0].Hint.Zh, "--provision git") {
			t.Errorf("%s %s: %+v", call.method, call.path, p)
		}
	}
	b.as("operator", "POST", "/api/v1/rules/ten/pause", "").want(200)
	b.as("operator", "POST", "/api/v1/rules/ten/resume", "").want(200)
	b.as("operator", "POST", "/api/v1/rules/ten/release", "").want(403)
	b.as("admin", "POST", "/api/v1/rules/ten/release", "").want(200).is(nil, "origin")
	b.as("admin", "POST", "/api/v1/rules/ten/release", "").want(409)
	b.as("operator", "PUT", "/api/v1/rules/ten", strings.Replace(tenPoints, "10", "12", 1)).want(200)
}

// What cannot be compared, counted or undone is said, not answered with a 500.
func TestVersionsThatAreNotThere(t *testing.T) {
	b := setup(t)
	b.as("operator", "PUT", "/api/v1/rules/ten", tenPoints).want(201)
	b.as("viewer", "GET", "/api/v1/rules/ten/diff", "").want(200).is("live", "from", "name").is(false, "same")
	b.as("viewer", "GET", "/api/v1/rules/ten/diff?from=7", "").want(404)
	b.as("viewer", "GET", "/api/v1/rules/ten/diff?from=x", "").want(422).is("/from", "problems", 0, "path")
	b.as("viewer", "GET", "/api/v1/rules/ten/effects", "").want(404)
	b.as("viewer", "GET", "/api/v1/rules/ten/effects?version=1", "").want(404)
	b.as("admin", "POST", "/api/v1/rules/ten/undo", `{"version":1,"confirm":0}`).want(404)
	b.as("operator", "POST", "/api/v1/rules/ten/publish", "{}").want(200)
	b.as("viewer", "GET", "/api/v1/rules/ten/effects", "").want(200).is(0, "effects").is(true, "complete")
	b.as("admin", "POST", "/api/v1/rules/ten/undo", `{"version":1,"confirm":3}`).want(409).is("/confirm", "problems", 0, "path")
	b.as("operator", "PUT", "/api/v1/rules/bad", ": : :", "Content-Type: application/yaml").want(201)
	b.as("viewer", "GET", "/api/v1/rules/bad/diff", "").want(200)
	b.as("operator", "GET", "/api/v1/rules/bad/reach", "").want(422)
}
