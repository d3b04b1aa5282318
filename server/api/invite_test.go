package api

import (
	"testing"

	"github.com/bylaw-dev/bylaw/server/auth"
)

// A link sets the password of its user once, while it is young.
func TestUsersJoinByLink(t *testing.T) {
	b := setup(t)
	id := b.as("admin", "POST", "/api/v1/users", `{"login":"bo","role":"operator"}`).want(201).get("id").(string)
	link := func() string {
		return b.as("admin", "POST", "/api/v1/users/"+id+"/link", "").want(201).get("secret").(string)
	}
	join := func(secret, password string) *answer {
		return b.as("", "POST", "/api/v1/join", `{"secret":"`+secret+`","password":"`+password+`"}`)
	}
	secret, second := link(), link()
	join(secret, "short").want(422).is("/password", "problems", 0, "path")
	join(secret+"x", secretWord).want(422).is("dead_link", "problems", 0, "code")
	join("nothing", secretWord).want(422).is("dead_link", "problems", 0, "code")
	join(secret, secretWord).want(200).is("bo", "login")
	for _, used := range []string{secret, second} {
		join(used, secretWord+"!").want(422).is("dead_link", "problems", 0, "code")
	}
	b.as("", "POST", "/api/v1/session", `{"login":"bo","password":"`+secretWord+`"}`).want(201)
	old := link()
	b.now = b.now.Add(auth.LinkLasts)
	join(old, secretWord).want(422).is("dead_link", "problems", 0, "code")
}

// Nobody makes a link of who stands above them, of somebody disabled or foreign.
func TestWhoseLinksAreMade(t *testing.T) {
	b := setup(t)
	user := func(body string) string {
		return "/api/v1/users/" + b.as("owner", "POST", "/api/v1/users", body).want(201).get("id").(string)
	}
	b.as("admin", "POST", user(`{"login":"boss","role":"owner"}`)+"/link", "").want(403)
	low := user(`{"login":"low","role":"viewer"}`)
	b.as("foreign", "POST", low+"/link", "").want(404)
	secret := b.as("admin", "POST", low+"/link", "").want(201).get("secret").(string)
	b.as("admin", "PATCH", low, `{"disabled":true}`).want(200)
	b.as("admin", "POST", low+"/link", "").want(409)
	b.as("", "POST", "/api/v1/join", `{"secret":"`+secret+`","password":"`+secretWord+`"}`).want(422)
}

func TestAuditFilters(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", lin+"/tags/a", "").want(200)
	b.as("operator", "PUT", "/api/v1/segments/s1", `{"title":{"en":"S"},"where":"true"}`).want(201)
	b.as("admin", "GET", "/api/v1/audit?noun=segment", "").want(200).is("segment.save", "items", 0, "action").is(nil, "items", 1)
	b.as("admin", "GET", "/api/v1/audit?noun=segment&key=other", "").want(200).is(nil, "items", 0)
	b.as("admin", "GET", "/api/v1/audit?by=operator&limit=1", "").want(200).is("operator", "items", 0, "by_name")
}
