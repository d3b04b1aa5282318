package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/bylaw-dev/bylaw/server/auth"
)

// code is what an authenticator app shows now.
func (b *bundle) code(secret string) string {
	b.t.Helper()
	code, err := totp.GenerateCode(secret, b.now.Std())
	if err != nil {
		b.t.Fatal(err)
	}
	return code
}

// protect gives who is signed in a second factor.
func (b *bundle) protect(name string) (secret string, recovery []string) {
	b.t.Helper()
	secret = b.as(name, "POST", "/api/v1/session/totp", `{"password":"`+secretWord+`"}`).want(201).get("secret").(string)
	a := b.as(name, "PUT", "/api/v1/session/totp", `{"code":"`+b.code(secret)+`"}`).want(200)
	var said struct {
		Codes []string `json:"recovery_codes"`
	}
	if err := json.Unmarshal(a.Body, &said); err != nil || len(said.Codes) != 10 {
		b.t.Fatal(err, string(a.Body))
	}
	return secret, said.Codes
}

func withCode(login, code string) string {
	return credentials(login, secretWord, fmt.Sprintf(`,"code":%q`, code))
}

func TestSecondFactor(t *testing.T) {
	b := setup(t)
	b.person("ws_a", "an", auth.Owner)
	b.enter("an", credentials("an", secretWord))
	b.enter("other", credentials("an", secretWord))
	b.as("an", "PUT", "/api/v1/session/totp", `{"code":"123456"}`).want(409)
	b.as("an", "POST", "/api/v1/session/totp", `{"password":"wrong"}`).want(422).because("wrong_password")
	a := b.as("an", "POST", "/api/v1/session/totp", `{"password":"`+secretWord+`"}`).want(201)
	if uri := a.get("uri").(string); !strings.HasPrefix(uri, "otpauth://totp/Bylaw:an?") || !strings.Contains(uri, a.get("secret").(string)) {
		t.Error(uri)
	}
	b.as("", "POST", "/api/v1/session", credentials("an", secretWord)).want(201) // not confirmed: not asked for
	b.as("an", "PUT", "/api/v1/session/totp", `{"code":"000000"}`).want(422).because("wrong_code")
	secret, recovery := b.protect("an")
	b.as("other", "GET", "/api/v1/session", "").want(401)
	b.as("an", "GET", "/api/v1/session", "").want(200).is(true, "second_factor").is(10.0, "recovery_codes")
	b.as("an", "POST", "/api/v1/session/totp", `{"password":"`+secretWord+`"}`).want(409)

	if a := b.as("", "POST", "/api/v1/session", credentials("an", secretWord)).want(401).because("second_factor_needed"); a.Header.Get("Set-Cookie") != "" {
		t.Error("a cookie without the second factor")
	}
	b.as("", "POST", "/api/v1/session", credentials("an", "wrong password", `,"code":"`+b.code(secret)+`"`)).want(401).because("wrong_credentials")
	b.as("", "POST", "/api/v1/session", withCode("an", b.code(secret))).want(401).because("wrong_code") // it confirmed, and is used
	b.now = b.now.Add(30 * time.Second)
	b.enter("an", withCode("an", " "+b.code(secret)[:3]+" "+b.code(secret)[3:])).is(true, "second_factor")
	b.as("", "POST", "/api/v1/session", withCode("an", b.code(secret))).want(401).because("wrong_code") // each once

	b.enter("an", withCode("an", strings.ToUpper(recovery[3]))).is(9.0, "recovery_codes")
	b.as("", "POST", "/api/v1/session", withCode("an", recovery[3])).want(401).because("wrong_code")
	b.as("an", "DELETE", "/api/v1/session/totp", `{"password":"wrong"}`).want(422).because("wrong_password")
	b.as("an", "DELETE", "/api/v1/session/totp", `{"code":"`+recovery[3]+`"}`).want(422).because("wrong_code")
	b.as("an", "DELETE", "/api/v1/session/totp", `{"code":"`+recovery[4]+`"}`).want(204)
	b.as("an", "DELETE", "/api/v1/session/totp", `{"password":"`+secretWord+`"}`).want(409)
	b.enter("an", credentials("an", secretWord)).is(false, "second_factor")
	secret, _ = b.protect("an")
	b.as("an", "DELETE", "/api/v1/session/totp", `{"password":"`+secretWord+`"}`).want(204)
	if text := fmt.Sprint(b.world.audit) + b.log.String(); strings.Contains(text, secret) || strings.Contains(text, recovery[0]) {
		t.Error("a secret is told")
	}
}

// Codes are guessed no faster from a device that is known.
func TestCodesCannotBeGuessed(t *testing.T) {
	b := setup(t)
	b.person("ws_a", "an", auth.Owner)
	b.enter("an", credentials("an", secretWord))
	secret, _ := b.protect("an")
	b.now = b.now.Add(time.Minute)
	limited := 0
	for i := range 30 {
		a := b.as("", "POST", "/api/v1/session", withCode("an", fmt.Sprintf("%06d", i)), "Cookie: "+b.cookies["an"], fmt.Sprintf("X-Real-Ip: 10.0.0.%d", i))
		if a.Status == 429 {
			limited++
		}
	}
	if limited < 25 {
		t.Errorf("%d of 30 guesses were held back", limited)
	}
	b.as("", "POST", "/api/v1/session", withCode("an", b.code(secret))).want(429)
	b.now = b.now.Add(5 * time.Minute)
	b.enter("an", withCode("an", b.code(secret)))
}

func TestAdminsResetSecondFactors(t *testing.T) {
	b := setup(t)
	u, boss := b.person("ws_a", "an", auth.Operator), b.person("ws_a", "boss", auth.Owner)
	b.enter("an", credentials("an", secretWord))
	b.enter("boss", credentials("boss", secretWord))
	b.as("admin", "DELETE", "/api/v1/users/"+u.ID+"/second-factor", "").want(409)
	b.protect("an")
	b.protect("boss")
	b.as("an", "DELETE", "/api/v1/users/"+u.ID+"/second-factor", "").want(403)
	b.as("admin", "DELETE", "/api/v1/users/"+boss.ID+"/second-factor", "").want(403)
	b.as("boss", "DELETE", "/api/v1/users/"+boss.ID+"/second-factor", "").want(409) // one's own is removed with proof
	b.as("admin", "DELETE", "/api/v1/users/"+u.ID+"/second-factor", "").want(204)
	b.as("an", "GET", "/api/v1/session", "").want(401)
	b.enter("an", credentials("an", secretWord)).is(false, "second_factor")
}
