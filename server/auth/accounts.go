package auth

import (
	"context"
	"io"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// AccountUsers finds and changes the people who sign in.
type AccountUsers interface {
	// User and UserByLogin give one; engine.CodeNotFound when the workspace has none.
	User(ctx context.Context, workspace, id string) (User, error)
	UserByLogin(ctx context.Context, workspace, login string) (User, error)
	// ChangePassword writes a user whose version is still theirs, and ends all their
	// sessions but one.
	ChangePassword(ctx context.Context, u User, session string) (User, error)
}

// SessionStore keeps sessions.
type SessionStore interface {
	// SessionByHash finds a session, of whatever workspace, and its user as they are
	// now; engine.CodeNotFound when there is none.
	SessionByHash(ctx context.Context, hash string) (Session, User, error)
	AddSession(ctx context.Context, s Session) error
	// TouchSession notes when a session was last used and until when it lasts.
	TouchSession(ctx context.Context, s Session) error
	// ListSessions gives a user's, last used first.
	ListSessions(ctx context.Context, workspace, user string) ([]Session, error)
	// EndSession ends one of a user's; engine.CodeNotFound when they have none of that id.
	EndSession(ctx context.Context, workspace, user, id string) error
	// EndSessions ends all of a user's but one; "" spares none.
	EndSessions(ctx context.Context, workspace, user, but string) error
}

// Factor is a user's second factor, with its secret.
type Factor struct {
	Workspace   string
	User        string
	Secret      string      // in base32
	Sealed      []byte      // the same as the store keeps it; the store's
	CreatedAt   engine.Time // when it was begun
	ConfirmedAt engine.Time // 0: not asked for yet
	UsedStep    int64       // of the last code that was used
	Recovery    int         // codes left
}

// FactorStore keeps second factors, their secrets encrypted.
type FactorStore interface {
	// Factor gives a user's; engine.CodeNotFound when there is none, not even begun.
	Factor(ctx context.Context, workspace, user string) (Factor, error)
	// BeginFactor keeps one that is not confirmed; engine.CodeConflict when there is
	// one that is.
	BeginFactor(ctx context.Context, f Factor) error
	// ConfirmFactor makes the one that was begun count, with the hashes of its
	// recovery codes, and ends all sessions but one.
	ConfirmFactor(ctx context.Context, f Factor, recovery []string, session string) error
	// UseStep is false when the code of this step, or of a later one, was used before.
	UseStep(ctx context.Context, workspace, user string, step int64) (bool, error)
	// UseRecovery uses a recovery code up; false when there is none with that hash.
	UseRecovery(ctx context.Context, workspace, user, hash string) (bool, error)
	// RemoveFactor removes a confirmed one and ends all sessions but one;
	// engine.CodeConflict when there is none.
	RemoveFactor(ctx context.Context, workspace, user, session string) error
}

// AccountOptions are the parts Accounts is made of.
type AccountOptions struct {
	Users    AccountUsers
	Sessions SessionStore
	Factors  FactorStore
	// Active is whether a workspace may be used.
	Active func(ctx context.Context, workspace string) (bool, error)
	// Passwords are compared for people on devices that are known, Strangers for
	// all others, so that a flood of strangers keeps nobody waiting whom we know.
	Passwords, Strangers *Passwords
	Devices              *Devices
	Workspace            string // where those sign in who name none
	Random               io.Reader
	NewID                func() string
}

// Accounts lets people sign in and look after how they do. It is safe for
// concurrent use.
type Accounts struct {
	AccountOptions
	throttle *Throttle
}

// NewAccounts makes accounts.
func NewAccounts(o AccountOptions) *Accounts { return &Accounts{o, NewThrottle()} }

// Attempt is somebody who would sign in.
type Attempt struct {
	Workspace string // "": that of AccountOptions
	Login     string
	Password  string
	Code      string // of the second factor
	From      Client
	Now       engine.Time
}

// SignedIn is a session that has begun.
type SignedIn struct {
	Session Session
	User    User
	Secret  string // of the session's cookie
	Device  string // cookie by which the device is known again
}

// Principal is who has signed in.
func (s *SignedIn) Principal() *Principal { return principalOf(&s.Session, &s.User) }

func principalOf(s *Session, u *User) *Principal {
	return &Principal{User: u.ID, Session: s.ID, Login: u.Login, Name: u.Name, Workspace: u.Workspace, Role: u.Role}
}

// How attempts are counted: a device that is known by itself; from anywhere else
// by address and login, by address, and by login. The last, which somebody with
// many addresses can use up, has the shortest pause.
const (
	freeOfDevice, longestOfDevice = 10, time.Minute
	freeOfPair, longestOfPair     = 5, 5 * time.Minute
	freeOfPlace, longestOfPlace   = 30, 5 * time.Minute
	freeOfLogin, longestOfLogin   = 60, 30 * time.Second
	freeOfOwner, longestOfOwner   = 5, 5 * time.Minute // codes, and proofs of who is signed in
)

// bounds are the keys of an attempt, and whether its device is known.
func (a *Accounts) bounds(at *Attempt) ([]bound, bool) {
	who := at.Workspace + "\x00" + at.Login
	if device := a.Devices.known(at.From.Device, at.Workspace, at.Login, at.Now); device != "" {
		return []bound{{"device " + device, freeOfDevice, longestOfDevice, true}}, true
	}
	place := at.From.place()
	return []bound{
		{"pair " + place + " " + who, freeOfPair, longestOfPair, true},
		{"place " + place, freeOfPlace, longestOfPlace, false},
		{"login " + who, freeOfLogin, longestOfLogin, false},
	}, false
}

// SignIn begins a session. An unknown login answers as late and as little as a
// wrong password: engine.CodeUnauthorized with the problem wrong_credentials;
// others are second_factor_needed and wrong_code. engine.CodeLimited says when to
// come back; engine.CodeForbidden that the workspace is suspended.
func (a *Accounts) SignIn(ctx context.Context, at Attempt) (SignedIn, error) {
	if at.Workspace == "" {
		at.Workspace = a.Workspace
	}
	bounds, known := a.bounds(&at)
	if err := a.throttle.begin(at.Now, bounds); err != nil {
		return SignedIn{}, err
	}
	u, err := a.byPassword(ctx, &at, known)
	if err != nil {
		if engine.CodeOf(err) != engine.CodeUnauthorized {
			a.throttle.passed(bounds) // it was not them
		}
		return SignedIn{}, err
	}
	a.throttle.passed(bounds)
	if err := a.byFactor(ctx, &u, at.Code, at.Now); err != nil {
		return SignedIn{}, err
	}
	a.throttle.forgive(bounds)
	return a.start(ctx, &u, &at)
}

// byPassword finds who has this login and password.
func (a *Accounts) byPassword(ctx context.Context, at *Attempt, known bool) (User, error) {
	u, err := a.Users.UserByLogin(ctx, at.Workspace, at.Login)
	if err != nil && engine.CodeOf(err) != engine.CodeNotFound {
		return User{}, err
	}
	hash := u.Password // "" of nobody, which takes as long
	if err != nil {
		hash = ""
	}
	hasher := a.Strangers
	if known {
		hasher = a.Passwords
	}
	right, err := hasher.Verify(ctx, at.Password, hash)
	switch {
	case err != nil:
		return User{}, err
	case !right || u.DisabledAt != 0:
		return User{}, wrongCredentials()
	}
	active, err := a.Active(ctx, u.Workspace)
	if err == nil && !active {
		err = suspended()
	}
	return u, err
}

// byFactor asks for the second factor of who has one.
func (a *Accounts) byFactor(ctx context.Context, u *User, code string, now engine.Time) error {
	f, err := a.confirmed(ctx, u)
	if err != nil || f == nil {
		return err
	}
	if plainCode(code) == "" {
		return problem(engine.CodeUnauthorized, "second_factor_needed", "/code", "the password is right; now the code of the second factor is needed", "密码正确，请输入两步验证码")
	}
	right, err := a.proves(ctx, f, code, now)
	if err == nil && !right {
		err = wrongCode(engine.CodeUnauthorized)
	}
	return err
}

// start keeps the session of who has proved who they are.
func (a *Accounts) start(ctx context.Context, u *User, at *Attempt) (out SignedIn, err error) {
	if out, err = a.Prepare(u, at.From, at.Now); err != nil {
		return SignedIn{}, err
	}
	audit := engine.AuditOf(ctx)
	audit.By(u.ID, u.Login)
	audit.About(out.Session.ID)
	return out, a.Sessions.AddSession(ctx, out.Session)
}

// Prepare makes a session that is not kept yet, for who is known to be a user.
func (a *Accounts) Prepare(u *User, from Client, now engine.Time) (out SignedIn, err error) {
	from.UserAgent = cleanUserAgent(from.UserAgent)
	out.User = *u
	if out.Session, out.Secret, err = newSession(a.Random, "ses_"+a.NewID(), u, from, now); err != nil {
		return out, err
	}
	out.Device, err = a.Devices.remember(u.Workspace, u.Login, now)
	return out, err
}

func problem(code engine.Code, word, path, en, zh string) *engine.Error {
	m := engine.Text{En: en, Zh: zh}
	return &engine.Error{Code: code, Message: m, Problems: []engine.Problem{{Code: word, Path: path, Message: m}}}
}

func wrongCredentials() error {
	return problem(engine.CodeUnauthorized, "wrong_credentials", "", "the login or the password is wrong", "登录名或密码错误")
}

func wrongCode(code engine.Code) error {
	return problem(code, "wrong_code", "/code", "this code is wrong, or was used already", "验证码错误或已使用过")
}

func wrongPassword(path string) error {
	return problem(engine.CodeInvalid, "wrong_password", path, "this is not your password", "密码不正确")
}

func suspended() error {
	return &engine.Error{Code: engine.CodeForbidden, Message: engine.Text{En: "the workspace is suspended", Zh: "空间已停用"}}
}
