package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/store"
)

// setupLasts is how long a set-up link works.
const setupLasts = 24 * time.Hour

// setups offers and redeems the link that makes the server's first owner. Only
// a hash of its secret is kept.
type setups struct {
	store    *store.Store
	now      clock
	accounts *auth.Accounts
}

// offer makes a new link while the server has no owner, "" otherwise. A link
// that was offered before stops working. The secret stands in the fragment,
// which browsers send to nobody.
func (s setups) offer(ctx context.Context, origin string) (link string, err error) {
	at := s.now()
	owned, err := s.store.HasOwner(ctx, at)
	if err != nil || owned {
		return "", err
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	secret := base64.RawURLEncoding.EncodeToString(raw)
	if err := s.store.OfferSetup(ctx, DefaultWorkspace, sha256.Sum256([]byte(secret)), at.Add(setupLasts)); err != nil {
		return "", err
	}
	return origin + "/setup#" + secret, nil
}

// Redeem uses a secret up and adds the owner's token, both or neither.
func (s setups) Redeem(ctx context.Context, hash string, at engine.Time, owner auth.Token) (workspace string, err error) {
	sum, err := parseHash(hash)
	if err != nil {
		return "", deadLink()
	}
	owner.Workspace = DefaultWorkspace
	token, err := tokenToStore(owner)
	if err != nil {
		return "", err
	}
	first, err := s.store.UseSetup(context.WithoutCancel(ctx), sum, at, token)
	if err != nil {
		return "", err
	}
	if !first {
		return "", deadLink()
	}
	return DefaultWorkspace, nil
}

// RedeemByUser uses a secret up and adds the owner as a person who is signed in,
// all or nothing.
func (s setups) RedeemByUser(ctx context.Context, o api.FirstOwner) (in auth.SignedIn, err error) {
	sum, err := parseHash(o.Hash)
	if err != nil {
		return in, deadLink()
	}
	o.User.Workspace = DefaultWorkspace
	if o.User.Password, err = s.accounts.Strangers.Hash(ctx, o.Password); err != nil {
		return in, err
	}
	if in, err = s.accounts.Prepare(&o.User, o.From, o.At); err != nil {
		return in, err
	}
	session, err := sessionToStore(in.Session)
	if err != nil {
		return in, err
	}
	first, err := s.store.UseSetupByUser(context.WithoutCancel(ctx), store.SetupLink{Hash: sum, At: o.At}, userToStore(o.User), session, o.Workspace)
	if err == nil && !first {
		err = deadLink()
	}
	return in, err
}

func deadLink() error {
	return &engine.Error{Code: engine.CodeUnauthorized, Message: engine.Text{
		En: "this set-up link was used, is older than 24 hours, or the server has an owner; a server without an owner prints a new link when it starts",
		Zh: "该初始化链接已使用、已超过 24 小时，或服务器已有所有者；没有所有者的服务器在启动时会打印新链接"}}
}
