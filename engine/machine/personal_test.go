package machine_test

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Personal fields are kept under a member, who can be erased. An event about
// nobody brings none: from outside it is refused, and what a rule emits loses them.
func TestPersonalFieldsAboutNobody(t *testing.T) {
	w := newWorld(t)
	w.define(machine.Write{Kind: engine.DefineEventType, Key: "visit.noted", Body: body(map[string]any{
		"key": "visit.noted", "title": engine.Text{En: "Visit", Zh: "到访"}, "subject": "workspace",
		"fields": []engine.Field{{Name: "phone", Type: "string", Personal: true}, {Name: "door", Type: "string"}}})})
	visit := func(id string, props ...engine.Prop) machine.Result {
		engine.SortProps(props)
		return w.try(machine.Batch{Source: "test", Events: []engine.Event{{ID: id, Type: "visit.noted", At: w.now, Props: props}}})[0]
	}
	phone, door := engine.Prop{Name: "phone", Value: engine.StringValue("0170-SECRET")}, engine.Prop{Name: "door", Value: engine.StringValue("north")}
	r := visit("v1", phone, door)
	if r.Status != machine.Invalid || len(r.Problems) != 1 || r.Problems[0].Code != "personal_without_member" || r.Problems[0].Path != "/events/0/props/phone" {
		t.Fatalf("%+v", r)
	}
	if r := visit("v1", door); r.Status != machine.Accepted {
		t.Fatalf("without it: %+v", r)
	}
	for _, e := range w.log() {
		if strings.Contains(string(e.Body), "SECRET") {
			t.Errorf("in the log: %s", e.Body)
		}
	}
}
