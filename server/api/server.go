package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// Options are the parts a Server is made of.
type Options struct {
	Events       machine.Accepter
	Service      *service.Service
	Tokens       Tokens
	Sessions     auth.SessionStore
	Accounts     *auth.Accounts
	Users        Users
	Workspaces   Workspaces
	SetUps       SetUps
	Once         Once
	Audit        Audit
	Jobs         Jobs
	Transfers    Transfers
	Channels     Channels
	Hooks        Hooks
	Suppressions Suppressions
	Metrics      http.Handler // of /metrics; nil: 404
	// Ready names what is not ready, by part; none: the server can answer.
	Ready func(r *http.Request) map[string]string
	// Stopping ends answers that go on and on; nil: never.
	Stopping func() bool

	Now    func() engine.Time
	NewID  func() string                    // makes ids that nothing else has
	Secret func() (token string, err error) // makes the secret of a new token
	// HashPassword makes what is kept of a password.
	HashPassword func(ctx context.Context, password string) (string, error)
	Links        auth.Links   // by which users set their passwords
	Log          *slog.Logger // nil: discard

	Origin         func() string  // where people find the server, without a slash at its end
	BasePath       string         // "" or /path, without a slash at its end
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; none: nobody's
	HTTPS          bool           // callers reach us by https: say so to browsers
	PerSecond      float64        // calls a token may make; 0: any number
	Burst          int
}

// Server answers the API. It is safe for concurrent use.
type Server struct {
	Options
	log        *slog.Logger
	spec       *specification
	auth       *auth.Authenticator
	limit      *auth.Limiter
	guesses    *auth.Limiter // of the set-up secret, by address
	hookLimits hookLimits
	sameOrigin func() *http.CrossOriginProtection
	echo       *echo.Echo
	page       *reference
}

var _ contract.ServerInterface = (*Server)(nil)

// New makes a server. An error is a mistake in the API description.
func New(o Options) (*Server, error) {
	spec, err := readSpec(specJSON)
	if err != nil {
		return nil, err
	}
	s := &Server{Options: o, log: o.Log, spec: spec, auth: auth.NewAuthenticator(o.Tokens, o.Sessions), limit: auth.NewLimiter(o.PerSecond, o.Burst), guesses: auth.NewLimiter(0.2, 10),
		hookLimits: newHookLimits(&o)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.page, err = newReference(spec, o.BasePath); err != nil {
		return nil, fmt.Errorf("API reference: %w", err)
	}
	s.sameOrigin = sync.OnceValue(s.ownPages)
	s.routes()
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// routes registers every operation of the API description with its guard, and
// the reference.
func (s *Server) routes() {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.writeProblem
	e.IPExtractor = clientIP(s.TrustedProxies)
	e.Use(s.around, packed())
	steps := map[string][]echo.MiddlewareFunc{}
	for _, op := range s.spec.operations {
		steps[op.ID] = []echo.MiddlewareFunc{s.finish(op), s.guard(op), s.input(op), s.once(op)}
	}
	contract.RegisterHandlersWithOptions(e, s, contract.RegisterHandlersOptions{BaseURL: s.BasePath, OperationMiddlewares: steps})
	s.page.register(e, s.BasePath)
	e.Any(s.BasePath+hooksPath+"*", s.hook)
	s.echo = e
}

// clientIP believes X-Forwarded-For from trusted proxies alone.
func clientIP(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// around wraps every request: an id, headers, no panic, one log line.
func (s *Server) around(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		k := &call{id: c.Request().Header.Get("X-Request-Id"), method: c.Request().Method, route: c.Path(), now: s.Now()}
		if !requestIDPattern.MatchString(k.id) {
			k.id = s.NewID()
		}
		c.Set(callKey, k)
		s.headers(c, k)
		defer func() {
			if p := recover(); p != nil {
				if e, ok := p.(error); ok && errors.Is(e, http.ErrAbortHandler) {
					panic(p)
				}
				err = fmt.Errorf("panic: %v", p)
			}
			if err != nil {
				s.writeProblem(err, c)
				err = nil // answered: the router would answer again
			}
			s.line(c, k)
		}()
		return next(c)
	}
}

// headers sets what every answer has.
func (s *Server) headers(c echo.Context, k *call) {
	h := c.Response().Header()
	h.Set("X-Request-Id", k.id)
	Guard(h, "default-src 'none'; frame-ancestors 'none'", s.HTTPS)
}

// Guard sets what browsers shall keep to with every answer of this server: that
// it is of the type it says, stands in nobody's frame, is not stored, loads what
// the policy lets it, and came by https where people come by that.
func Guard(h http.Header, policy string, https bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if https {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// line logs one request: no paths, parameters, headers or bodies, which may name
// people or hold secrets.
func (s *Server) line(c echo.Context, k *call) {
	status := c.Response().Status
	if k.status != 0 {
		status = k.status
	}
	level := slog.LevelInfo
	if status >= 500 {
		level = slog.LevelError
	} else if strings.HasSuffix(k.route, "z") {
		level = slog.LevelDebug // probes
	}
	attrs := []any{"status", status, "bytes", c.Response().Size, "took", s.Now().Sub(k.now), "ip", c.RealIP()}
	if k.who != nil {
		attrs = append(attrs, "by", k.who.By(), "workspace", k.who.Workspace)
	}
	k.log(s.log).Log(c.Request().Context(), level, "request", attrs...)
}
