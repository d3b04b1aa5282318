package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// Ingress is where a channel takes webhooks.
type Ingress struct {
	Channel   string      `json:"channel"`
	ID        string      `json:"-"` // 128 random bits; in the address
	URL       string      `json:"url"`
	CreatedAt engine.Time `json:"created_at"`
}

// Hooks takes the webhooks of channels.
type Hooks interface {
	// Ingress gives a channel's address; engine.CodeNotFound when it has none.
	Ingress(ctx context.Context, workspace, channel string) (Ingress, error)
	// RotateIngress gives a channel a new address; engine.CodeConflict when its
	// plugin takes no webhooks.
	RotateIngress(ctx context.Context, workspace, channel string) (Ingress, error)
	// CloseIngress takes it away; engine.CodeNotFound when there is none.
	CloseIngress(ctx context.Context, workspace, channel string) error
	// FindHook finds the channel of an address; engine.CodeNotFound when nobody
	// has it, or takes nothing now.
	FindHook(ctx context.Context, id string) (HookPlace, error)
	// ReceiveHook lets the channel's plugin verify and read a request, and makes
	// what it tells durable. engine.CodeUnavailable when that cannot be done now.
	ReceiveHook(ctx context.Context, at HookPlace, r HookRequest) (HookAnswer, error)
}

// HookPlace is the channel that a webhook is for.
type HookPlace struct{ Workspace, Channel string }

// HookRequest is a webhook as it came.
type HookRequest struct {
	Method, Path, Query string // Path is what follows the ingress id
	Header              http.Header
	Body                []byte
	RemoteIP            string
}

// HookAnswer is what the plugin answers, and what of it was no event.
type HookAnswer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Refused []engine.Problem
}

const (
	hooksPath   = "/hooks/v1/"
	maxHookBody = 1 << 20
	// What an address may take a second, where the server's limit says nothing,
	// and how often somebody may ask for addresses that nobody has.
	hooksPerSecond  = 50
	missesPerSecond = 1
	missesBurst     = 60
)

// hookLimits bound webhooks by their address, and guessing by who guesses.
type hookLimits struct{ calls, misses *auth.Limiter }

func newHookLimits(o *Options) hookLimits {
	return hookLimits{auth.NewLimiter(cmp.Or(o.PerSecond, hooksPerSecond), cmp.Or(o.Burst, 2*hooksPerSecond)), auth.NewLimiter(missesPerSecond, missesBurst)}
}

// hook answers one webhook. What nobody takes is 404, whatever the reason.
func (s *Server) hook(c echo.Context) error {
	k, r := callOf(c), c.Request()
	id, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, s.BasePath+hooksPath), "/")
	if r.Method != http.MethodGet && r.Method != http.MethodPost && r.Method != http.MethodPut {
		c.Response().Header().Set("Allow", "GET, POST, PUT")
		return echo.ErrMethodNotAllowed
	}
	place, err := s.Hooks.FindHook(r.Context(), id)
	if engine.CodeOf(err) == engine.CodeNotFound && err != nil {
		if err := s.hookLimits.misses.Allow(c.RealIP(), k.now); err != nil {
			return err
		}
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	if err := s.hookLimits.calls.Allow(place.Workspace+" "+place.Channel, k.now); err != nil {
		return err
	}
	body, err := hookBody(c)
	if err != nil {
		return err
	}
	a, err := s.Hooks.ReceiveHook(r.Context(), place, HookRequest{Method: r.Method, Path: path, Query: r.URL.RawQuery,
		Header: r.Header, Body: body, RemoteIP: c.RealIP()})
	if err != nil {
		return hookFailed(err)
	}
	return s.answerHook(c, a)
}

// hookBody reads what is at most a mebibyte.
func hookBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	tooLarge := refuse(http.StatusRequestEntityTooLarge, engine.CodeInvalid, "a webhook has at most 1 MiB", "回调内容最大 1 MiB")
	if r.ContentLength > maxHookBody {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxHookBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, tooLarge
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, engine.CodeInvalid, "the body was cut off", "请求体不完整")
	}
	return body, nil
}

// hookFailed tells the sender to come again, and nothing of why.
func hookFailed(err error) error {
	e := &engine.Error{Code: engine.CodeUnavailable, RetryAfter: 5 * time.Second, Err: err, Message: engine.Text{
		En: "this cannot be taken now; send it again later", Zh: "暂时无法接收，请稍后重发"}}
	var known *engine.Error
	if errors.As(err, &known) && known.Code == engine.CodeUnavailable && known.RetryAfter > 0 {
		e.RetryAfter = known.RetryAfter
	}
	return e
}

// hookHeaders are the headers that a plugin may set.
var hookHeaders = []string{"Content-Type", "Retry-After", "WWW-Authenticate"}

func (s *Server) answerHook(c echo.Context, a HookAnswer) error {
	if len(a.Refused) > 0 {
		return engine.Invalid(engine.Text{En: "some of it is no event; the rest was taken", Zh: "部分内容不是有效事件，其余已接收"}, a.Refused...)
	}
	if a.Status < 200 {
		return fmt.Errorf("the plugin answers a webhook with %d", a.Status)
	}
	for _, name := range hookHeaders {
		if v := a.Header.Get(name); v != "" {
			c.Response().Header().Set(name, v)
		}
	}
	callOf(c).status = a.Status
	c.Response().WriteHeader(a.Status)
	if a.Status == http.StatusNoContent || a.Status == http.StatusNotModified {
		return nil
	}
	if _, err := c.Response().Write(a.Body); err != nil {
		return nil //nolint:nilerr // who is gone needs no answer
	}
	return nil
}

// GetIngress answers where a channel takes webhooks; 204 when nowhere.
func (s *Server) GetIngress(c echo.Context, channel contract.Key) error {
	k := callOf(c)
	if _, err := s.channel(c, channel); err != nil {
		return err
	}
	i, err := s.Hooks.Ingress(c.Request().Context(), k.who.Workspace, channel)
	switch {
	case err == nil:
		return k.ok(s.ingress(i))
	case engine.CodeOf(err) == engine.CodeNotFound: // which is how most channels are, and no error
		return k.reply(http.StatusNoContent, 0, nil)
	}
	return err
}

// RotateIngress gives a channel a new address for webhooks.
func (s *Server) RotateIngress(c echo.Context, channel contract.Key, _ contract.RotateIngressParams) error {
	k := callOf(c)
	if _, err := s.channel(c, channel); err != nil {
		return err
	}
	i, err := s.Hooks.RotateIngress(c.Request().Context(), k.who.Workspace, channel)
	if err != nil {
		return err
	}
	return k.reply(http.StatusCreated, 0, s.ingress(i))
}

// CloseIngress lets a channel take no webhooks any more.
func (s *Server) CloseIngress(c echo.Context, channel contract.Key) error {
	k := callOf(c)
	if err := s.Hooks.CloseIngress(c.Request().Context(), k.who.Workspace, channel); err != nil {
		return err
	}
	return k.reply(http.StatusNoContent, 0, nil)
}

func (s *Server) ingress(i Ingress) Ingress {
	i.URL = s.Origin() + hooksPath + i.ID
	return i
}
