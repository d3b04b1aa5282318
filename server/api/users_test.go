package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

const secretWord = "correct horse battery"

func TestUsers(t *testing.T) {
	b := setup(t)
	a := b.as("admin", "POST", "/api/v1/users", `{"login":"an","name":"安","role":"operator","email":"an@example.org","identities":{"wecom":"an-1"},"password":"`+secretWord+`"}`).want(201).
		is("operator", "role").is(true, "has_password").is("an-1", "identities", "wecom")
	path := "/api/v1/users/" + a.get("id").(string)
	if !strings.HasPrefix(b.world.users[0].Password, "$argon2id$") {
		t.Errorf("kept is %q", b.world.users[0].Password)
	}
	one := b.as("admin", "GET", path, "").want(200).is("an@example.org", "email")
	tag := one.Header.Get("ETag")
	b.as("admin", "GET", "/api/v1/users?limit=1", "").want(200).is("an", "items", 0, "login").is(nil, "next")
	b.as("admin", "POST", "/api/v1/users", `{"login":"an","role":"viewer"}`).want(409)

	b.as("admin", "PATCH", path, `{"role":"analyst","disabled":true,"email":"","password":""}`, "If-Match: "+tag).want(200).
		is("analyst", "role").is(nil, "email").is(false, "has_password").is("an-1", "identities", "wecom")
	b.as("admin", "PATCH", path, `{"disabled":false}`, "If-Match: "+tag).want(412)
	b.as("admin", "DELETE", path, "", "If-Match: "+tag).want(412)
	b.as("admin", "PATCH", path, `{"disabled":false}`).want(200).is(nil, "disabled_at")
	b.as("admin", "DELETE", path, "").want(204)
	b.as("admin", "GET", path, "").want(404)

	var actions []string
	for _, e := range b.world.audit {
		actions = append(actions, e.Action)
		if text := e.Before + e.After; strings.Contains(text, secretWord) || strings.Contains(text, "argon2id") || strings.Contains(text, "example.org") || strings.Contains(text, "an-1") {
			t.Errorf("a row tells a secret or who somebody is: %s", text)
		}
	}
	if got := strings.Join(actions, " "); got != "user.create user.edit user.edit user.delete" {
		t.Errorf("rows: %s", got)
	}
	if strings.Contains(b.log.String(), secretWord) || strings.Contains(string(one.Body), "argon2id") {
		t.Error("the log or an answer shows a password")
	}
}

// Nobody gives a role above their own, nor touches a user who has one.
func TestNobodyManagesUsersAboveThem(t *testing.T) {
	b := setup(t)
	boss := "/api/v1/users/" + b.as("owner", "POST", "/api/v1/users", `{"login":"boss","role":"owner"}`).want(201).get("id").(string)
	b.as("admin", "POST", "/api/v1/users", `{"login":"x","role":"owner"}`).want(403)
	b.as("admin", "PATCH", boss, `{"password":"`+secretWord+`"}`).want(403)
	b.as("admin", "PATCH", boss, `{"role":"viewer"}`).want(403)
	b.as("admin", "DELETE", boss, "").want(403)
	low := "/api/v1/users/" + b.as("admin", "POST", "/api/v1/users", `{"login":"low","role":"viewer"}`).want(201).get("id").(string)
	b.as("admin", "PATCH", low, `{"role":"owner"}`).want(403)
	b.as("admin", "PATCH", low, `{"role":"admin"}`).want(200)
	b.as("operator", "GET", "/api/v1/users", "").want(403)
	b.as("owner", "PATCH", boss, `{"name":"Bo"}`).want(200)
}

// All that is wrong is said at once, each with its place.
func TestUserProblems(t *testing.T) {
	b := setup(t)
	a := b.as("admin", "POST", "/api/v1/users", `{"login":"a b","role":"viewer","email":"nobody","identities":{"email":"x@y.z","wecom":"","Ü":"1"},"password":"short"}`).want(422)
	var said struct{ Problems []engine.Problem }
	if err := json.Unmarshal(a.Body, &said); err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, p := range said.Problems {
		places = append(places, p.Path)
		if p.Message.En == "" || p.Message.Zh == "" {
			t.Errorf("%+v", p)
		}
	}
	if got := strings.Join(places, " "); got != "/login /email /identities/email /identities/wecom /identities/Ü /password" {
		t.Errorf("places: %s", got)
	}
	b.as("admin", "POST", "/api/v1/users", `{"login":"a","role":"king"}`).want(422).problem()
	b.as("admin", "POST", "/api/v1/users", `{"role":"viewer","admin":true}`).want(422).problem()
}
