package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/config"
)

func TestEventsAreReadInEveryForm(t *testing.T) {
	tests := []struct {
		in   string
		want string // the events' ids, with a stroke between batches
		err  string
	}{
		{`{"id":"a"}`, "a", ""},
		{"{\"id\":\"a\"}\n\n{\"id\":\"b\"}\r\n", "a b", ""},
		{"\ufeff[{\"id\":\"a\"} , {\"id\":\"b\"},{\"id\":\"c\"}]\n", "a b|c", ""},
		{`{"events":[{"id":"a"},{"id":"b"}]} {"id":"c"}`, "a b|c", ""},
		{`[{"id":"a"}][{"id":"b"}]{"events":[]}{"id":"c"}`, "a b|c", ""},
		{"  \n", "", ""},
		{`[]`, "", ""},
		{`{"id":"a"} nonsense`, "a", "event 2 cannot be read"},
		{`{"id":"a"`, "", "event 1 cannot be read"},
		{`[{"id":"a"},`, "a", "event 2 cannot be read"},
		{`[1]`, "", "an event is a JSON object"},
		{`{"events":{"id":"a"}}`, "", `"events" must be a list`},
		{`{"type":"t","events":3,"id":"a"}`, "a", ""},
	}
	for _, test := range tests {
		got, err := readAll(newEventReader(strings.NewReader(test.in)), 2)
		if got != test.want || test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%q: %q, %v", test.in, got, err)
		}
	}
}

func readAll(r *eventReader, most int) (string, error) {
	var batches []string
	for {
		batch, err := r.next(most)
		var ids []string
		for _, line := range batch {
			var e struct{ ID string }
			if json.Unmarshal(line, &e) != nil || strings.Contains(string(line), "\n") {
				return string(line), errors.New("not a line of JSON")
			}
			ids = append(ids, e.ID)
		}
		if len(ids) > 0 {
			batches = append(batches, strings.Join(ids, " "))
		}
		if errors.Is(err, io.EOF) {
			return strings.Join(batches, "|"), nil
		}
		if err != nil {
			return strings.Join(batches, "|"), err
		}
	}
}

func TestLargeEventsMakeSmallBatches(t *testing.T) {
	event := `{"id":"a","props":{"text":"` + strings.Repeat("x", 1<<20) + `"}}`
	r := newEventReader(strings.NewReader(strings.Repeat(event+"\n", 14)))
	var sizes []int
	for {
		batch, err := r.next(1000)
		if len(batch) > 0 {
			sizes = append(sizes, len(batch))
		}
		if err != nil {
			break
		}
	}
	if fmt.Sprint(sizes) != "[5 5 4]" {
		t.Error(sizes)
	}
}

func TestEventSend(t *testing.T) {
	s := at(t)
	loaded, err := config.Load(config.Sources{Env: s.env, Flags: map[string]string{"listen": "127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), loaded, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "BYLAW_SERVER="+a.URL(), "BYLAW_TOKEN="+strings.TrimSpace(s.must(t, "token", "create")))
	var lines strings.Builder
	for i := range 25 {
		fmt.Fprintf(&lines, `{"id":"e%d","type":"message.sent","member":{"channel":"c","external_id":"m%d"}}`+"\n", i, i%5)
	}
	s.in = lines.String()
	if out := s.must(t, "event", "send", "--batch", "10"); out != "25 events sent: 25 accepted, 0 duplicate, 0 invalid; 0 decisions matched\n" {
		t.Error(out)
	}
	file := write(t, t.TempDir(), "e.ndjson", lines.String()+`{"id":"bad"}`)
	r := s.run(t, "event", "send", "--json", file)
	sum := decode[summary](t, r.out)
	if r.code != exitProblems || sum.Duplicate != 25 || sum.Invalid != 1 || len(sum.FirstWrong) != 1 || sum.FirstWrong[0].ID != "bad" {
		t.Errorf("%+v", r)
	}
	if r := s.run(t, "event", "send", file); !strings.Contains(r.err, "bad: ") || !strings.Contains(r.err, "type") {
		t.Errorf("%+v", r)
	}
	s.env = append(s.env, "BYLAW_TOKEN=byl_wrong")
	if r := s.run(t, "event", "send", file); r.code != exitProblems || !strings.Contains(r.err, "not a token of Bylaw") {
		t.Errorf("%+v", r)
	}
	s.env = append(s.env, "BYLAW_SERVER=http://127.0.0.1:1")
	if r := s.run(t, "healthcheck", "--listen", a.Addr()); r.code != exitOK {
		t.Errorf("%+v", r)
	}
}

func TestEventSendComesBackWhenTheServerAsks(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"code":"unavailable","message":{"en":"later","zh":"稍后"}}`)
			return
		}
		fmt.Fprint(w, `{"results":[{"id":"a","status":"accepted"}]}`)
	}))
	defer server.Close()
	s := shell{in: `{"id":"a","type":"t"}`, env: []string{"BYLAW_TOKEN=x", "BYLAW_SERVER=" + server.URL}}
	if out := s.must(t, "event", "send"); calls != 2 || !strings.Contains(out, "1 accepted") {
		t.Error(calls, out)
	}
}

func TestPlugins(t *testing.T) {
	s := at(t)
	type plugin struct{ ID, State string }
	if all := decode[[]plugin](t, s.must(t, "plugin", "list", "--json")); len(all) < 2 || all[0].State != "bundled" {
		t.Errorf("%+v", all)
	}
	dir := t.TempDir() + "/acme-chat"
	if out := s.must(t, "plugin", "new", "acme-chat", "--dir", dir); !strings.Contains(out, "main.go") {
		t.Error(out)
	}
	if r := s.run(t, "plugin", "new", "acme-chat", "--dir", dir); r.code != exitUsage || !strings.Contains(r.err, "is not empty") {
		t.Errorf("%+v", r)
	}
	if r := s.run(t, "plugin", "trust", "acme-chat"); r.code != exitProblems || !strings.Contains(r.err, "no plugin") {
		t.Errorf("%+v", r)
	}
}
