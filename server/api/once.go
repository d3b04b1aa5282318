package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
)

// once answers a repeated Idempotency-Key as the first time. What failed on our
// side is not remembered: repeating it may succeed.
func (s *Server) once(op *operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		if !op.Once {
			return next
		}
		return func(c echo.Context) error {
			k := callOf(c)
			header := c.Request().Header.Get("Idempotency-Key")
			if header == "" {
				return next(c)
			}
			key := onceKey(k, c.Request(), header)
			stored, err := s.Once.Begin(c.Request().Context(), key, k.now)
			if err != nil {
				return err
			}
			if stored != nil {
				k.answer, k.replayed = stored, true
				c.Response().Header().Set("Idempotency-Replayed", "true")
				return nil
			}
			return s.first(c, k, key, next)
		}
	}
}

// first runs the request and remembers its answer, also for a caller who went
// away. That it cannot be remembered is no reason to say that nothing happened.
func (s *Server) first(c echo.Context, k *call, key OnceKey, next echo.HandlerFunc) error {
	ctx := context.WithoutCancel(c.Request().Context())
	if err := next(c); err != nil {
		if gaveUp := s.Once.Abandon(ctx, key); gaveUp != nil {
			k.log(s.log).Error("idempotency key not given up", "err", gaveUp)
		}
		return err
	}
	if err := s.Once.Finish(ctx, key, *k.answer); err != nil {
		k.log(s.log).Error("answer not remembered", "err", err)
	}
	return nil
}

func onceKey(k *call, r *http.Request, header string) OnceKey {
	sum := sha256.New()
	sum.Write([]byte(r.URL.RawQuery + "\x00"))
	sum.Write(k.body)
	return OnceKey{Workspace: k.who.Workspace, Token: k.who.By(), Call: r.Method + " " + r.URL.Path, Key: header,
		Body: hex.EncodeToString(sum.Sum(nil))}
}

// ErrOnceInFlight and ErrOnceOtherBody are what implementations of Once answer.
var (
	ErrOnceInFlight = engine.Conflict(engine.Text{
		En: "the first request with this Idempotency-Key is still at work; come back later", Zh: "使用该 Idempotency-Key 的请求仍在处理，请稍后再试"})
	ErrOnceOtherBody = engine.Invalid(engine.Text{En: "the Idempotency-Key was used for another request", Zh: "该 Idempotency-Key 已用于另一请求"},
		engine.Problem{Code: "key_reused", Path: "/Idempotency-Key", Message: engine.Text{
			En: "a key belongs to one request; use a new one", Zh: "一个键只属于一个请求，请换新键"}})
)
