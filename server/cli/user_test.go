package cli

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/config"
)

func TestUsers(t *testing.T) {
	s := at(t)
	type user struct {
		ID, Login, Role, Email string
		Identities             map[string]string
		HasPassword            bool   `json:"has_password"`
		DisabledAt             string `json:"disabled_at"`
	}
	s.in = "correct horse battery\n"
	an := decode[user](t, s.must(t, "user", "add", "an", "--role", "owner", "--email", "an@example.org", "--identity", "wecom:an-1", "--password-file", "-", "--json"))
	if an.Role != "owner" || an.Email != "an@example.org" || an.Identities["wecom"] != "an-1" || !an.HasPassword {
		t.Fatalf("%+v", an)
	}
	s.must(t, "user", "add", "bo", "--password-file", write(t, t.TempDir(), "password", "another long one"))
	out := s.must(t, "user", "list")
	if !strings.Contains(out, "an@example.org") || !strings.Contains(out, "operator") || strings.Contains(out, "argon2") {
		t.Error(out)
	}
	s.must(t, "user", "set", "bo", "--role", "analyst", "--disabled", "--identity", "wecom:bo-1")
	list := decode[[]user](t, s.must(t, "user", "list", "--json"))
	if len(list) != 2 || list[1].Role != "analyst" || list[1].DisabledAt == "" || list[1].Identities["wecom"] != "bo-1" {
		t.Fatalf("%+v", list)
	}
	s.must(t, "user", "set", "bo", "--disabled=false", "--identity", "wecom:", "--email", "bo@example.org")
	if bo := decode[[]user](t, s.must(t, "user", "list", "--json"))[1]; bo.DisabledAt != "" || len(bo.Identities) != 0 || bo.Role != "analyst" || bo.Email != "bo@example.org" {
		t.Fatalf("%+v", bo)
	}
	for args, want := range map[string]string{
		"add an":                               "exists already",
		"add cy --workspace nowhere":           `there is no workspace "nowhere"`,
		"add cy --role emperor --email nobody": `there is no role "emperor"`,
		"add cy --identity wecom":              "such as wecom:an",
		"add cy --password-file /nowhere/at":   "the password cannot be read",
		"set an --role admin":                  "the last active owner",
		"set an --disabled":                    "the last active owner",
		"remove an":                            "the last active owner",
		"remove cy":                            `there is no user "cy"`,
		"reset-second-factor cy":               `there is no user "cy"`,
		"reset-second-factor an":               "there is no second factor",
	} {
		if r := s.run(t, append([]string{"user"}, strings.Fields(args)...)...); r.code == exitOK || !strings.Contains(r.err, want) {
			t.Errorf("user %s: %+v", args, r)
		}
	}
	s.in = "short"
	if r := s.run(t, "user", "set", "an", "--password-file", "-"); r.code == exitOK || !strings.Contains(r.err, "at least 10 characters") || strings.Contains(r.err, "short\n") {
		t.Errorf("%+v", r)
	}
	s.must(t, "user", "remove", "bo")
	s.env = append(s.env, "LANG=zh_CN.UTF-8")
	if r := s.run(t, "user", "remove", "an"); !strings.Contains(r.err, "最后一名有效的所有者") {
		t.Errorf("%+v", r)
	}
}

// Who lost their second factor is let in again by whoever runs the machine.
func TestSecondFactorsAreReset(t *testing.T) {
	s := at(t)
	s.must(t, "user", "add", "an", "--role", "owner")
	settings, err := config.Load(config.Sources{Env: s.env})
	if err != nil {
		t.Fatal(err)
	}
	core, err := app.Open(t.Context(), settings, slog.New(slog.DiscardHandler), true)
	if err != nil {
		t.Fatal(err)
	}
	u, err := core.Users.UserByLogin(t.Context(), app.DefaultWorkspace, "an")
	if err != nil {
		t.Fatal(err)
	}
	f := auth.Factor{Workspace: u.Workspace, User: u.ID, Secret: "JBSWY3DPEHPK3PXP"}
	if err := core.Accounts.Factors.BeginFactor(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if f, err = core.Accounts.Factors.Factor(t.Context(), u.Workspace, u.ID); err != nil {
		t.Fatal(err)
	}
	f.ConfirmedAt = 1
	if err := core.Accounts.Factors.ConfirmFactor(t.Context(), f, []string{strings.Repeat("0", 64)}, ""); err != nil {
		t.Fatal(err)
	}
	if err := core.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := s.must(t, "user", "list", "--json"); !strings.Contains(out, `"second_factor": true`) {
		t.Error(out)
	}
	s.must(t, "user", "reset-second-factor", "an")
	if out := s.must(t, "user", "list", "--json"); !strings.Contains(out, `"second_factor": false`) {
		t.Error(out)
	}
}
