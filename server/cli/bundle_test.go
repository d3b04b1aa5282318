package cli

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestABundleCarriesAWorkspaceWithoutItsSecrets(t *testing.T) {
	s := at(t)
	populate(t, s)
	served, stop := serving(t, s) // a draft beside what is live, and one alone
	post(t, served, "PUT", "/rules/welcome", `{"key":"welcome","kind":"reward","title":{"en":"Welcome"},"on":"message.sent","once":"member","then":[{"grant_points":{"amount":6}}]}`)
	post(t, served, "PUT", "/rules/idea", `{"key":"idea","kind":"reward","title":{"en":"Idea"},"on":"message.sent","then":[{"add_tag":{"tag":"x"}}]}`)
	stop()
	file := filepath.Join(t.TempDir(), "rules.bylaw")
	r := s.run(t, "bundle", "create", file)
	if r.code != exitOK || !strings.Contains(r.out, "welcome.json") || !strings.Contains(r.err, "channel hook after installing: secret") {
		t.Fatalf("%+v", r)
	}
	if r := s.run(t, "bundle", "create", file); r.code != exitUsage {
		t.Errorf("over a file: %+v", r)
	}
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if content, err := unzip(f, maxBundle); err != nil || bytes.Contains(content, []byte("whsec_")) || bytes.Contains(content, []byte("群友")) {
			t.Errorf("%s: %v %s", f.Name, err, content)
		}
	}
	s.must(t, "bundle", "check", file)
	other := at(t)
	other.must(t, "token", "create")
	other.must(t, "bundle", "install", file)
	if out := other.must(t, "export", "definitions", "--columns", "kind,key"); !strings.Contains(out, "rule,welcome") || !strings.Contains(out, "channel,hook") {
		t.Errorf("installed: %s", out)
	}
	again := filepath.Join(t.TempDir(), "again")
	other.must(t, "rules", "export", again)
	for _, name := range []string{"welcome.json", "welcome.draft.json", "idea.draft.json"} {
		if _, err := os.Stat(filepath.Join(again, name)); err != nil {
			t.Errorf("installed without %s: %v", name, err)
		}
	}
}

// What commands have written is data, too.
func TestWhatIsWrittenIsSaidAsJSON(t *testing.T) {
	s := at(t)
	populate(t, s)
	type said struct{ Wrote []string }
	folder := filepath.Join(t.TempDir(), "rules")
	if got := decode[said](t, s.must(t, "rules", "export", folder, "--json")); len(got.Wrote) != 2 || got.Wrote[0] != filepath.Join(folder, "pack.yaml") && got.Wrote[1] != filepath.Join(folder, "pack.yaml") {
		t.Errorf("%+v", got)
	}
	if got := decode[said](t, s.must(t, "plugin", "new", "acme-chat", "--json", "--dir", filepath.Join(t.TempDir(), "p"))); len(got.Wrote) < 5 {
		t.Errorf("%+v", got)
	}
}

// A secret that somebody wrote into a rule does not leave.
func TestABundleWithASecretIsNotMade(t *testing.T) {
	s := at(t)
	populate(t, s)
	served, stop := serving(t, s)
	post(t, served, "PUT", "/templates/oops", `{"title":{"en":"Oops"},"body":{"en":"our key is whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}`)
	stop()
	file := filepath.Join(t.TempDir(), "rules.bylaw")
	if r := s.run(t, "bundle", "create", file); r.code != exitProblems || !strings.Contains(r.err, "hook secret") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the bundle was written")
	}
}

func TestBadBundlesAreRefused(t *testing.T) {
	packed := func(files map[string]string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, content := range files {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(content)); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	head := func(files string) string { return `{"bundle":"bylaw","format":1,"files":{` + files + `}}` }
	tests := map[string]string{
		"no bundle":           "text",
		"format":              packed(map[string]string{"bundle.json": `{"bundle":"bylaw","format":9}`}),
		"check sum":           packed(map[string]string{"bundle.json": head(`"pack.yaml":"00"`), "pack.yaml": "key: x"}),
		"missing":             packed(map[string]string{"bundle.json": head(`"pack.yaml":"00"`)}),
		"does not list":       packed(map[string]string{"bundle.json": head(""), "a.yaml": ""}),
		"has this name":       packed(map[string]string{"bundle.json": head(""), "../a.yaml": ""}),
		"bundle has problems": packed(map[string]string{"bundle.json": head("")}),
	}
	for want, body := range tests {
		s := at(t)
		s.in = body
		for _, verb := range []string{"check", "install"} {
			if r := s.run(t, "bundle", verb, "-"); r.code != exitProblems || !strings.Contains(r.err, want) {
				t.Errorf("%s of %s: %+v", verb, want, r)
			}
		}
	}
}
