package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// Cookies by what they hold: the secret of a session, and the device that
// somebody signed in on.
const (
	sessionCookie = "bylaw_session"
	deviceCookie  = "bylaw_device"
)

// cookie has a name that browsers hold us to, where they can: with __Host- it is
// ours alone, with __Secure- it came by https.
func (s *Server) cookie(name, content string) *http.Cookie {
	c := &http.Cookie{Name: name, Value: content, Path: s.BasePath, HttpOnly: true, Secure: s.HTTPS, SameSite: http.SameSiteLaxMode}
	switch {
	case s.HTTPS && s.BasePath == "":
		c.Name = "__Host-" + name
	case s.HTTPS:
		c.Name = "__Secure-" + name
	}
	if c.Path == "" {
		c.Path = "/"
	}
	return c
}

func (s *Server) cookieOf(c echo.Context, name string) string {
	found, err := c.Cookie(s.cookie(name, "").Name)
	if err != nil {
		return ""
	}
	return found.Value
}

func (s *Server) dropCookie(c echo.Context, name string) {
	gone := s.cookie(name, "")
	gone.MaxAge = -1
	c.SetCookie(gone)
}

// signedIn gives a browser the cookies of a session that began. They stay when
// it is closed; how long the session lasts is for us to know.
func (s *Server) signedIn(c echo.Context, in *auth.SignedIn) {
	session, device := s.cookie(sessionCookie, in.Secret), s.cookie(deviceCookie, in.Device)
	session.MaxAge = int(auth.SessionMost.Seconds())
	device.MaxAge = int(auth.DeviceLasts.Seconds())
	c.SetCookie(session)
	c.SetCookie(device)
}

// ownPages lets browsers change things from pages of this server. Programs, which
// say nothing of where they come from, pass.
func (s *Server) ownPages() *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.Origin()); err == nil && s.HTTPS { // a proxy may give us another Host
		if err := p.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			s.log.Error("the public address is no origin", "err", err)
		}
	}
	return p
}

// onOwnPage refuses what another site's page makes a browser send.
func (s *Server) onOwnPage(r *http.Request) error {
	if s.sameOrigin().Check(r) == nil {
		return nil
	}
	m := engine.Text{En: "a page of another site may not do this", Zh: "不接受来自其他网站页面的此操作"}
	return &engine.Error{Code: engine.CodeForbidden, Message: m, Problems: []engine.Problem{{Code: "cross_site", Message: m,
		Hint: engine.Text{En: "if this is your own console, set public-url to the address in the browser", Zh: "若这就是您的后台，请将 public-url 设为浏览器中的地址"}}}}
}
