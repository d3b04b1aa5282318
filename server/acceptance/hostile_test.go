package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// patience is how long anything hostile may keep the server busy.
const patience = 2 * time.Second

// bombs are expressions that cost other evaluators seconds, gigabytes or their life.
var bombs = map[string]string{
	"a million numbers":       `len(1..1000000) > 0`,
	"nested loops":            `let a = 1..1000; all(a, all(a, all(a, # > 0)))`,
	"loops four deep":         `all(1..100, all(1..100, all(1..100, all(1..100, true))))`,
	"nested over a list":      `all([1, 2], any([1, 2], # > 0))`,
	"a pattern of patterns":   `repeat("a", 900000) matches "(a{0,500}){0,2}b"`,
	"a big pattern":           `member.tier matches "((a{0,100}){0,100}){0,100}"`,
	"a long pattern":          `member.tier matches "` + strings.Repeat("a", 200) + `"`,
	"a pattern of a member":   `"x" matches member.tier`,
	"text that doubles":       `reduce(1..24, #acc + #acc, "0123456789abcdef") == ""`,
	"text as JSON":            `len(toJSON(map(1..999, 1..999))) > 0`,
	"sorting":                 `len(sort(1..300000)) > 0`,
	"grouping":                `len(groupBy(1..300000, # % 7)) > 0`,
	"flattening":              `len(flatten([[1], [2]])) > 0`,
	"parentheses":             strings.Repeat("(", 1000) + "true" + strings.Repeat(")", 1000),
	"not not not":             strings.Repeat("not ", 1000) + "true",
	"minus minus":             strings.Repeat("-", 3000) + "1 > 0",
	"brackets that stay open": strings.Repeat("[", 4000),
	"elvis nest":              elvis(30),
	"choices":                 strings.Repeat("true ? ", 500) + "true" + strings.Repeat(" : false", 500),
	"a million parentheses":   strings.Repeat("(", 1_000_000),
	"a million nots":          strings.Repeat("not ", 250_000) + "true",
	"many nodes":              strings.TrimSuffix(strings.Repeat("member.points > 1 and ", 180), " and "),
	"a long list":             "member.points in [" + strings.Repeat("1,", 1500) + "1]",
	"a huge number":           "member.points > 1" + strings.Repeat("0", 400),
	"an unknown name":         `process.env.SECRET == ""`,
	"an open quote":           `"abc`,
	"a zero byte":             "member.points > 1\x00",
	"a call of anything":      `member.tier.constructor("x")`,
	"nothing but a comment":   `// member.points > 1`,
}

// elvis is a nest whose tree shares its nodes: a walk of it doubles with each level.
func elvis(levels int) string {
	return strings.Repeat("(", levels) + "true" + strings.Repeat("?:true)", levels)
}

// documents are rules that are hostile as documents.
var documents = map[string]string{
	"laughs":         "a: &a [x, x]\nb: &b [*a, *a]\nkey: laughs\nkind: reward\non: message.sent\nthen: [*b, *b]\n",
	"a merge":        "key: m\n<<: {kind: reward}\non: message.sent\n",
	"a tag":          "key: !!python/object:os.system x\n",
	"two documents":  "key: a\n---\nkey: b\n",
	"deep flow":      "key: " + strings.Repeat("[", 20_000),
	"deep maps":      strings.Repeat("{a: ", 10_000),
	"deep blocks":    deepBlocks(300),
	"a big document": "key: big\ntitle: " + strings.Repeat("x", 70_000),
	"megabytes":      "key: " + strings.Repeat("x", 3_000_000),
	"not UTF-8":      "key: \xff\xfe\xfd\n",
	"zero bytes":     "key: a\x00b\n",
	"empty":          "",
	"a list":         "- 1\n- 2\n",
	"a number":       "42",
	"tabs":           "key:\t\n\t\tkind: reward\n",
	"unknown fields": "key: u\nkind: reward\non: message.sent\nexec: rm -rf /\nthen: [grant_points: {amount: 1}]\n",
	"twice a key":    "key: a\nkey: b\n",
}

func deepBlocks(levels int) string {
	var b strings.Builder
	for n := range levels {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", n))
	}
	return b.String()
}

// ruleOf is a document whose condition is an expression; JSON, so that nothing of
// the expression is lost to YAML.
func ruleOf(when string) map[string]any {
	return map[string]any{"key": "hostile", "kind": "reward", "title": map[string]string{"en": "Hostile"}, "on": "message.sent",
		"when": when, "then": []any{map[string]any{"grant_points": map[string]any{"amount": 1}}}}
}

// hostile is a server and who attacks it.
type hostile struct {
	*server
	t *testing.T
}

// ask sends something and wants an answer in time that is no fault of the server.
func (h hostile) ask(method, path, kind string, body []byte) answer {
	h.t.Helper()
	begun := time.Now()
	a, err := h.try(method, path, kind, body)
	if err != nil {
		h.t.Errorf("%s %.60s: %v", method, path, err)
	}
	if took := time.Since(begun); took > patience {
		h.t.Errorf("%s %.60s took %s", method, path, took)
	}
	if a.status >= 500 {
		h.t.Errorf("%s %.60s: %d %.400s", method, path, a.status, a.body)
	}
	return a
}

func (h hostile) json(method, path string, body any) answer {
	h.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.ask(method, path, "application/json", raw)
}

// refused wants a 4xx.
func (h hostile) refused(about string, a answer) {
	h.t.Helper()
	if a.status < 400 || a.status > 499 {
		h.t.Errorf("%s: %d %.400s", about, a.status, a.body)
	}
}

// problems wants a 4xx, or an answer that lists what is wrong.
func (h hostile) problems(about string, a answer) {
	h.t.Helper()
	var out struct {
		Problems []struct {
			Warning bool
			Message map[string]string
		}
	}
	if a.status >= 400 && a.status < 500 {
		return
	}
	if err := json.Unmarshal(a.body, &out); err != nil {
		h.t.Errorf("%s: %d %.400s: %v", about, a.status, a.body, err)
	}
	for _, p := range out.Problems {
		if !p.Warning && p.Message["en"] != "" && p.Message["zh"] != "" {
			return
		}
	}
	h.t.Errorf("%s: %d lists no problem: %.400s", about, a.status, a.body)
}

// draft saves a rule, which may be kept with its problems, and wants that it
// cannot be put in force.
func (h hostile) draft(kind string, body []byte) {
	h.t.Helper()
	h.problems("saving", h.ask("PUT", "/rules/hostile", kind, body))
	h.refused("publishing", h.ask("POST", "/rules/hostile/publish", "application/json", []byte("{}")))
}

// alive wants that the very process that was started still answers.
func (h hostile) alive() {
	h.t.Helper()
	resp, err := http.Get("http://" + h.listen + "/readyz")
	if err != nil {
		h.t.Fatalf("the server is gone: %v\n%s", err, h.log())
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		h.t.Fatalf("ready: %d %v", resp.StatusCode, err)
	}
	if said := h.log(); strings.Contains(said, "panic") || strings.Contains(said, "goroutine ") {
		h.t.Errorf("the server panicked:\n%.3000s", said)
	}
}

// TestHarmlessIsTaken shows that every door opens to what is in order, so that
// what is refused below is refused for what it says.
func TestHarmlessIsTaken(t *testing.T) {
	s := newServer(t, "sqlite:"+t.TempDir()+"/a.db").start().owner()
	const fine = `member.points > 1`
	var checked struct{ Problems []struct{ Warning bool } }
	s.call("POST", "/rules/check", map[string]any{"document": ruleOf(fine)}).decode(t, &checked)
	for _, p := range checked.Problems {
		if !p.Warning {
			t.Errorf("a harmless rule has problems: %+v", checked)
		}
	}
	s.call("PUT", "/rules/hostile", ruleOf(fine))
	s.call("POST", "/rules/hostile/publish", map[string]any{})
	s.call("POST", "/rules/complete", map[string]any{"expression": fine, "cursor": 3, "on": []string{"message.sent"}})
	s.call("PUT", "/segments/hostile", map[string]any{"title": map[string]string{"en": "x"}, "where": fine})
	s.call("GET", "/members?where="+url.QueryEscape(fine), nil)
	s.call("PUT", "/templates/hostile", map[string]any{"body": map[string]string{"en": "{{ member.points }}"}})
	s.call("POST", "/events", map[string]any{"events": []any{map[string]any{"id": "m", "type": "message.sent", "member": map[string]string{"channel": "c", "external_id": "m"}}}})
	s.call("POST", "/rules/try", map[string]any{"document": ruleOf(fine), "member": "c:m"})
	s.call("POST", "/backtests", map[string]any{"document": ruleOf(fine), "audience": fine, "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"})
	s.call("POST", "/counts", map[string]any{"where": fine})
	s.call("POST", "/member-changes", map[string]any{"where": fine, "add_tag": "x"})
	s.call("POST", "/exports", map[string]any{"noun": "members", "format": "csv", "where": fine})
	s.call("GET", "/rules/hostile/near-misses?where="+url.QueryEscape(fine), nil)
	s.call("POST", "/rules/hostile/near-misses", map[string]any{"where": fine})
	s.call("POST", "/templates/preview", map[string]any{"body": map[string]string{"en": "{{ member.points }}"}, "member": "c:m"})
}

// TestHostileExpressions sends every bomb through every door.
func TestHostileExpressions(t *testing.T) {
	s := newServer(t, "sqlite:"+t.TempDir()+"/a.db").start().owner()
	harmless := ruleOf("member.points > 1")
	harmless["key"] = "harmless"
	s.call("PUT", "/rules/harmless", harmless)
	s.call("POST", "/rules/harmless/publish", map[string]any{})
	s.call("POST", "/events", map[string]any{"events": []any{map[string]any{"id": "m", "type": "message.sent", "member": map[string]string{"channel": "c", "external_id": "m"}}}})
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			h := hostile{s, t}
			raw, err := json.Marshal(ruleOf(bomb))
			if err != nil {
				t.Fatal(err)
			}
			h.problems("check", h.json("POST", "/rules/check", map[string]any{"document": ruleOf(bomb)}))
			h.draft("application/json", raw)
			h.json("POST", "/rules/complete", map[string]any{"expression": bomb, "cursor": min(len(bomb), 4096), "on": []string{"message.sent"}})
			h.refused("segment", h.json("PUT", "/segments/hostile", map[string]any{"title": map[string]string{"en": "x"}, "where": bomb}))
			h.refused("where", h.ask("GET", "/members?where="+url.QueryEscape(bomb), "", nil))
			h.refused("template", h.json("PUT", "/templates/hostile", map[string]any{"body": map[string]string{"en": "{{ " + bomb + " }}"}}))
			h.asked(bomb)
			h.alive()
		})
	}
}

// asked sends an expression to those who only ask with it.
func (h hostile) asked(bomb string) {
	h.t.Helper()
	const from, to = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
	h.problems("try", h.json("POST", "/rules/try", map[string]any{"document": ruleOf(bomb), "member": "c:m"}))
	h.refused("back-test", h.json("POST", "/backtests", map[string]any{"document": ruleOf(bomb), "from": from, "to": to}))
	h.refused("back-test's audience", h.json("POST", "/backtests", map[string]any{"document": ruleOf("true"), "audience": bomb, "from": from, "to": to}))
	h.refused("count", h.json("POST", "/counts", map[string]any{"where": bomb}))
	h.refused("change of many", h.json("POST", "/member-changes", map[string]any{"where": bomb, "add_tag": "x"}))
	h.refused("export", h.json("POST", "/exports", map[string]any{"noun": "members", "format": "csv", "where": bomb}))
	h.refused("near misses", h.ask("GET", "/rules/harmless/near-misses?where="+url.QueryEscape(bomb), "", nil))
	h.refused("all near misses", h.json("POST", "/rules/harmless/near-misses", map[string]any{"where": bomb}))
	h.problems("preview", h.json("POST", "/templates/preview", map[string]any{"body": map[string]string{"en": "{{ " + bomb + " }}"}, "member": "c:m"}))
}

// elsewhere are the fields of rules, beside when, that hold an expression.
func elsewhere(bomb string) map[string]map[string]any {
	with := func(field string, v any) map[string]any {
		r := ruleOf("true")
		r[field] = v
		return r
	}
	schedule := with("audience", bomb)
	delete(schedule, "on")
	schedule["kind"], schedule["every"] = "campaign", "0 9 * * *"
	tier := with("tier", map[string]any{"ladder": "default", "to": "active", "hold": bomb})
	tier["kind"] = "tier"
	delete(tier, "then")
	review := map[string]any{"key": "hostile", "kind": "tier", "title": map[string]string{"en": "Hostile"}, "review": map[string]any{"every": "month", "groups": []string{"a", "b"}, "score": bomb,
		"exempt": bomb, "up": map[string]any{"top": 1, "from": "a", "to": "b", "when": bomb}}}
	return map[string]map[string]any{
		"once": with("once", bomb), "unless": with("unless", bomb), "audience": schedule, "hold": tier, "review": review,
		"amount": with("then", []any{map[string]any{"grant_points": map[string]any{"amount": bomb}}}),
		"text":   with("then", []any{map[string]any{"create_task": map[string]any{"text": "{{ " + bomb + " }}"}}}),
		"after":  with("after", bomb),
		"emit":   with("then", []any{map[string]any{"emit": map[string]any{"type": "x", "props": map[string]any{"a": bomb}}}}),
		"case": with("cases", []any{map[string]any{"name": "x", "events": []any{map[string]any{"type": "message.sent", "times": 1 << 40}},
			"expect": map[string]any{"outcome": true, "effects": []any{bomb}}}}),
	}
}

// TestHostileFields sends every bomb in every other field of a rule.
func TestHostileFields(t *testing.T) {
	s := newServer(t, "sqlite:"+t.TempDir()+"/a.db").start().owner()
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			h := hostile{s, t}
			for field, rule := range elsewhere(bomb) {
				h.problems("check of "+field, h.json("POST", "/rules/check", map[string]any{"document": rule, "cases": true}))
			}
			h.alive()
		})
	}
}

// TestHostileDocuments sends documents that are no rules.
func TestHostileDocuments(t *testing.T) {
	s := newServer(t, "sqlite:"+t.TempDir()+"/a.db").start().owner()
	for name, document := range documents {
		t.Run(name, func(t *testing.T) {
			h := hostile{s, t}
			h.problems("check", h.json("POST", "/rules/check", map[string]any{"document": document}))
			h.draft("application/yaml", []byte(document))
			h.draft("application/json", []byte(document))
			h.alive()
		})
	}
}

// TestHostileBodies sends what is no JSON, or JSON of another shape.
func TestHostileBodies(t *testing.T) {
	s := newServer(t, "sqlite:"+t.TempDir()+"/a.db").start().owner()
	bodies := map[string]string{
		"nothing": "", "cut": `{"events":[{"id":"a"`, "a list": `[]`, "a text": `"events"`, "null": `null`,
		"no events": `{"events":[]}`, "events as text": `{"events":"all"}`, "more after it": `{"events":[]} {}`,
		"an unknown field": `{"events":[{"id":"a","type":"t"}],"admin":true}`,
		"not UTF-8":        "{\"events\":\"\xff\"}",
		"deep":             `{"events":[{"id":"a","type":"t","props":` + strings.Repeat(`{"a":`, 100_000) + `1` + strings.Repeat(`}`, 100_000) + `}]}`,
		"deep and open":    strings.Repeat(`[`, 1_000_000),
		"too many":         `{"events":[` + strings.Repeat(`{"id":"a","type":"t"},`, 1000) + `{"id":"a","type":"t"}]}`,
		"too large":        `{"events":[{"id":"a","type":"` + strings.Repeat("t", 9<<20) + `"}]}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			h := hostile{s, t}
			for _, path := range []string{"/events", "/rules/check", "/groups/club/applications"} {
				h.refused(path, h.ask("POST", path, "application/json", []byte(body)))
			}
			h.alive()
		})
	}
}

// badEvents are wrong in one field each, which the answer must name.
var badEvents = map[string]struct{ event, path string }{
	"a number for a type": {`{"id":"bad","type":7}`, "/type"},
	"no type":             {`{"id":"bad"}`, "/type"},
	"a time that is none": {`{"id":"bad","type":"message.sent","at":"yesterday"}`, "/at"},
	"the future":          {`{"id":"bad","type":"message.sent","member":{"id":"m"},"at":"2999-01-01T00:00:00Z"}`, "/at"},
	"deep props":          {`{"id":"bad","type":"message.sent","member":{"channel":"c","external_id":"x"},"props":{"p":` + strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40) + `}}`, "/props"},
	"props as a list":     {`{"id":"bad","type":"message.sent","member":{"channel":"c","external_id":"x"},"props":[1]}`, "/props"},
	"an unknown field":    {`{"id":"bad","type":"message.sent","member":{"channel":"c","external_id":"x"},"points":5}`, "/points"},
	"a reserved type":     {`{"id":"bad","type":"bylaw.points.granted","member":{"channel":"c","external_id":"x"}}`, "/type"},
}

// TestOneBadEventStopsNoOther sends 1,000 events of which one is wrong.
func TestOneBadEventStopsNoOther(t *testing.T) {
	s := newServer(t, "sqlite:"+t.TempDir()+"/a.db").start().owner()
	round := 0
	for name, bad := range badEvents {
		round++
		t.Run(name, func(t *testing.T) {
			var events []string
			for n := range 1000 {
				events = append(events, fmt.Sprintf(`{"id":"e%d-%d","type":"message.sent","member":{"channel":"c","external_id":"m%d"}}`, round, n, n%10))
			}
			events[500] = bad.event
			a := hostile{s, t}.ask("POST", "/events", "application/json", []byte(`{"events":[`+strings.Join(events, ",")+`]}`))
			var out struct {
				Results []struct {
					Status string
					Error  struct{ Problems []struct{ Path string } }
				}
			}
			if err := json.Unmarshal(a.body, &out); err != nil || a.status != http.StatusOK || len(out.Results) != 1000 {
				t.Fatalf("%d %.400s %v", a.status, a.body, err)
			}
			for n, r := range out.Results {
				if want := map[bool]string{true: "invalid", false: "accepted"}[n == 500]; r.Status != want {
					t.Fatalf("event %d is %s, not %s", n, r.Status, want)
				}
			}
			if p := out.Results[500].Error.Problems; len(p) == 0 || !strings.Contains(p[0].Path, bad.path) {
				t.Errorf("the problem's place is %+v, not %s", p, bad.path)
			}
		})
	}
	hostile{s, t}.alive()
}
