package auth

import (
	"context"
	"errors"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// What somebody who is signed in does to how they sign in. who is always a
// person: Person says so.

// Person refuses programs, which have a token and no account.
func (p *Principal) Person() error {
	if p.User == "" {
		return engine.Conflict(engine.Text{En: "this is for people who signed in; a token has no account", Zh: "此操作仅限登录用户，令牌没有账户"})
	}
	return nil
}

// owned counts what proves who is signed in, so that a session left open is no
// place to guess from.
func owned(who *Principal) []bound {
	return []bound{{"own " + who.Workspace + "\x00" + who.User, freeOfOwner, longestOfOwner, true}}
}

// proof runs a check of who is signed in; a failure is counted.
func (a *Accounts) proof(now engine.Time, who *Principal, check func() (bool, error), failed error) error {
	if err := a.throttle.begin(now, owned(who)); err != nil {
		return err
	}
	right, err := check()
	switch {
	case err != nil:
		a.throttle.passed(owned(who))
		return err
	case !right:
		return failed
	}
	a.throttle.forgive(owned(who))
	return nil
}

func (a *Accounts) isPassword(ctx context.Context, u *User, password string) func() (bool, error) {
	return func() (bool, error) { return a.Passwords.Verify(ctx, password, u.Password) }
}

// ChangePassword gives the caller a new password; all their other sessions end.
// engine.CodeInvalid names what is wrong: wrong_password at /current, or the new one.
func (a *Accounts) ChangePassword(ctx context.Context, who *Principal, now engine.Time, current, fresh string) error {
	u, err := a.Users.User(ctx, who.Workspace, who.User)
	if err != nil {
		return err
	}
	problems := CheckPassword(fresh, "/new")
	var refused *engine.Error
	err = a.proof(now, who, a.isPassword(ctx, &u, current), wrongPassword("/current"))
	switch {
	case errors.As(err, &refused) && refused.Code == engine.CodeInvalid:
		problems = append(slices.Clone(refused.Problems), problems...)
	case err != nil:
		return err
	}
	if len(problems) > 0 {
		return engine.Invalid(engine.Text{En: "the passwords have problems", Zh: "密码有误"}, problems...)
	}
	if u.Password, err = a.Passwords.Hash(ctx, fresh); err != nil {
		return err
	}
	engine.AuditOf(ctx).About(u.ID)
	_, err = a.Users.ChangePassword(ctx, u, who.Session)
	return err
}

// confirmed is a user's second factor if it counts, nil otherwise.
func (a *Accounts) confirmed(ctx context.Context, u *User) (*Factor, error) {
	f, err := a.Factors.Factor(ctx, u.Workspace, u.ID)
	if engine.CodeOf(err) == engine.CodeNotFound || err == nil && f.ConfirmedAt == 0 {
		return nil, nil
	}
	return &f, err
}

// Factor is the caller's second factor if it counts, nil otherwise.
func (a *Accounts) Factor(ctx context.Context, who *Principal) (*Factor, error) {
	return a.confirmed(ctx, &User{Workspace: who.Workspace, ID: who.User})
}

// proves is whether a code is right and was not used before; it is used then.
// Guessing is counted by user, whatever device they are on: whoever gets here has
// the password.
func (a *Accounts) proves(ctx context.Context, f *Factor, code string, now engine.Time) (bool, error) {
	bounds := []bound{{"code " + f.Workspace + "\x00" + f.User, freeOfOwner, longestOfOwner, true}}
	if err := a.throttle.begin(now, bounds); err != nil {
		return false, err
	}
	right, err := a.uses(ctx, f, plainCode(code), now)
	switch {
	case err != nil:
		a.throttle.passed(bounds)
	case right:
		a.throttle.forgive(bounds)
	}
	return right, err
}

func (a *Accounts) uses(ctx context.Context, f *Factor, plain string, now engine.Time) (bool, error) {
	if len(plain) > factorCode.Digits.Length() {
		return a.Factors.UseRecovery(ctx, f.Workspace, f.User, hashRecovery(plain))
	}
	step, err := matchStep(f.Secret, plain, now, f.UsedStep)
	if err != nil || step == 0 {
		return false, err
	}
	return a.Factors.UseStep(ctx, f.Workspace, f.User, step)
}

// NewFactor is what an authenticator app needs.
type NewFactor struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"`
}

// BeginFactor makes a second factor that counts once ConfirmFactor was called.
func (a *Accounts) BeginFactor(ctx context.Context, who *Principal, now engine.Time, password string) (out NewFactor, err error) {
	u, err := a.Users.User(ctx, who.Workspace, who.User)
	if err != nil {
		return out, err
	}
	if err := a.proof(now, who, a.isPassword(ctx, &u, password), wrongPassword("/password")); err != nil {
		return out, err
	}
	secret, err := newFactorSecret(a.Random)
	if err != nil {
		return out, err
	}
	engine.AuditOf(ctx).About(u.ID)
	err = a.Factors.BeginFactor(ctx, Factor{Workspace: u.Workspace, User: u.ID, Secret: secret, CreatedAt: now})
	return NewFactor{secret, factorURI(secret, u.Login)}, err
}

// ConfirmFactor makes the second factor that was begun count, and gives its
// recovery codes; all other sessions end.
func (a *Accounts) ConfirmFactor(ctx context.Context, who *Principal, now engine.Time, code string) (codes []string, err error) {
	f, err := a.Factors.Factor(ctx, who.Workspace, who.User)
	switch {
	case engine.CodeOf(err) == engine.CodeNotFound:
		return nil, engine.Conflict(engine.Text{En: "begin a second factor first", Zh: "请先开始设置两步验证"})
	case err != nil:
		return nil, err
	case f.ConfirmedAt != 0:
		return nil, engine.Conflict(engine.Text{En: "the second factor was confirmed already", Zh: "两步验证已启用"})
	}
	err = a.proof(now, who, func() (bool, error) {
		f.UsedStep, err = matchStep(f.Secret, plainCode(code), now, 0)
		return f.UsedStep != 0, err
	}, wrongCode(engine.CodeInvalid))
	if err != nil {
		return nil, err
	}
	codes, hashes, err := newRecovery(a.Random)
	if err != nil {
		return nil, err
	}
	f.ConfirmedAt = now
	engine.AuditOf(ctx).About(who.User)
	return codes, a.Factors.ConfirmFactor(ctx, f, hashes, who.Session)
}

// RemoveFactor removes the caller's second factor, for the password or, where
// that is "", a code.
func (a *Accounts) RemoveFactor(ctx context.Context, who *Principal, now engine.Time, password, code string) error {
	u, err := a.Users.User(ctx, who.Workspace, who.User)
	if err != nil {
		return err
	}
	f, err := a.confirmed(ctx, &u)
	if err != nil {
		return err
	}
	if f == nil {
		return engine.Conflict(engine.Text{En: "there is no second factor", Zh: "未启用两步验证"})
	}
	check, failed := a.isPassword(ctx, &u, password), wrongPassword("/password")
	if password == "" {
		check, failed = func() (bool, error) { return a.proves(ctx, f, code, now) }, wrongCode(engine.CodeInvalid)
	}
	if err := a.proof(now, who, check, failed); err != nil {
		return err
	}
	engine.AuditOf(ctx).About(u.ID)
	return a.Factors.RemoveFactor(ctx, u.Workspace, u.ID, who.Session)
}
