package auth

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// TokenStore keeps tokens.
type TokenStore interface {
	// TokenByHash finds a token, of whatever workspace; engine.CodeNotFound when
	// there is none.
	TokenByHash(ctx context.Context, hash string) (Token, error)
	// WorkspaceActive is whether a workspace may be used.
	WorkspaceActive(ctx context.Context, workspace string) (bool, error)
	// TouchToken notes when a token was last used.
	TouchToken(ctx context.Context, workspace, id string, at engine.Time) error
}

// How long a token found is believed: revoking it, or suspending its workspace,
// takes effect within this time on every replica.
const believe = time.Second

// touchEvery is how often a token's last use is written down.
const touchEvery = engine.Time(10 * time.Minute / time.Microsecond)

// maxRemembered bounds the cache.
const maxRemembered = 10_000

// Authenticator turns credentials into principals. It is safe for concurrent use.
type Authenticator struct {
	tokens   TokenStore
	sessions SessionStore
	mu       sync.Mutex
	found    map[string]remembered
}

type remembered struct {
	token   Token
	session Session
	user    User
	until   engine.Time
}

// NewAuthenticator makes an authenticator; without sessions only tokens get in.
func NewAuthenticator(tokens TokenStore, sessions SessionStore) *Authenticator {
	return &Authenticator{tokens: tokens, sessions: sessions, found: map[string]remembered{}}
}

// Authenticate reads an Authorization header. The error is
// engine.CodeUnauthorized, or that of the store.
func (a *Authenticator) Authenticate(ctx context.Context, header string, now engine.Time) (*Principal, error) {
	scheme, secret, _ := strings.Cut(header, " ")
	secret = strings.TrimSpace(secret)
	switch {
	case header == "":
		return nil, unauthorized("send a token: Authorization: Bearer byl_...", "请发送令牌：Authorization: Bearer byl_...")
	case !strings.EqualFold(scheme, "Bearer") || !WellFormed(secret):
		return nil, unauthorized("this is not a token of Bylaw: it is mistyped or cut off", "令牌格式不对：可能有误或被截断")
	}
	t, err := a.lookUp(ctx, HashSecret(secret), now)
	if err != nil {
		return nil, err
	}
	if !t.Alive(now) {
		return nil, deadToken()
	}
	return &Principal{Token: t.ID, Name: t.Name, Workspace: t.Workspace, Role: t.Role, Scopes: t.Scopes, Server: t.Server}, nil
}

func (a *Authenticator) lookUp(ctx context.Context, hash string, now engine.Time) (Token, error) {
	if known, ok := a.believed(hash, now); ok {
		return known.token, nil
	}
	t, err := a.tokens.TokenByHash(ctx, hash)
	if engine.CodeOf(err) == engine.CodeNotFound {
		return t, deadToken()
	}
	if err != nil {
		return t, err
	}
	if err := a.active(ctx, t.Workspace); err != nil {
		return t, err
	}
	if t.Alive(now) && now-t.UsedAt > touchEvery {
		if err := a.tokens.TouchToken(ctx, t.Workspace, t.ID, now); err != nil {
			return t, err
		}
	}
	a.remember(hash, remembered{token: t, until: now.Add(believe)})
	return t, nil
}

// active refuses who is of a workspace that may not be used.
func (a *Authenticator) active(ctx context.Context, workspace string) error {
	active, err := a.tokens.WorkspaceActive(ctx, workspace)
	if err == nil && !active {
		return suspended()
	}
	return err
}

// AuthenticateSession reads the secret of a session's cookie. The error is
// engine.CodeUnauthorized with the problem session_over, or that of the store.
func (a *Authenticator) AuthenticateSession(ctx context.Context, secret string, now engine.Time) (*Principal, error) {
	if a.sessions == nil || !sessionSecret(secret) {
		return nil, sessionOver()
	}
	s, u, err := a.lookUpSession(ctx, hashOf(secret), now)
	if err != nil {
		return nil, err
	}
	if !s.Alive(now) || u.DisabledAt != 0 {
		return nil, sessionOver()
	}
	return principalOf(&s, &u), nil
}

func (a *Authenticator) lookUpSession(ctx context.Context, hash string, now engine.Time) (Session, User, error) {
	if known, ok := a.believed(hash, now); ok {
		return known.session, known.user, nil
	}
	s, u, err := a.sessions.SessionByHash(ctx, hash)
	if engine.CodeOf(err) == engine.CodeNotFound {
		err = sessionOver()
	}
	if err != nil {
		return s, u, err
	}
	if err := a.active(ctx, s.Workspace); err != nil {
		return s, u, err
	}
	if s.Alive(now) && now-s.SeenAt > sessionTouch {
		s.SeenAt, s.ExpiresAt = now, s.lastsUntil(now)
		if err := a.sessions.TouchSession(ctx, s); err != nil {
			return s, u, err
		}
	}
	a.remember(hash, remembered{session: s, user: u, until: now.Add(believe)})
	return s, u, nil
}

func sessionOver() error {
	return problem(engine.CodeUnauthorized, "session_over", "", "you are signed out: sign in again", "登录已失效，请重新登录")
}

// believed is what was found of a credential a moment ago.
func (a *Authenticator) believed(hash string, now engine.Time) (remembered, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	known, ok := a.found[hash]
	return known, ok && now < known.until
}

func (a *Authenticator) remember(hash string, r remembered) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.found) >= maxRemembered {
		clear(a.found)
	}
	a.found[hash] = r
}

// Forget drops what is believed of all tokens and sessions, after one was ended
// or a user changed here.
func (a *Authenticator) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.found)
}

func deadToken() error {
	return unauthorized("this token does not exist, has expired or was revoked", "令牌不存在、已过期或已撤销")
}

func unauthorized(en, zh string) error {
	return &engine.Error{Code: engine.CodeUnauthorized, Message: engine.Text{En: en, Zh: zh}}
}
