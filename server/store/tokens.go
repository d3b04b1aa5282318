package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"github.com/bylaw-dev/bylaw/engine"
)

// Token is a program's credential. Only its hash is kept.
type Token struct {
	Workspace string
	ID        string
	Name      string
	Role      string
	Scopes    []string
	Hash      [32]byte // SHA-256 of the token
	Prefix    string   // its first characters, to recognise it in a list
	CreatedAt engine.Time
	ExpiresAt engine.Time // 0: never
	RevokedAt engine.Time // 0: valid
	UsedAt    engine.Time
}

type tokenRow struct {
	Workspace string `gorm:"primaryKey"`
	TokenID   string `gorm:"primaryKey"`
	Name      string
	Role      string
	Scopes    string
	Hash      []byte
	Prefix    string
	CreatedAt engine.Time `gorm:"autoCreateTime:false"`
	ExpiresAt engine.Time
	RevokedAt engine.Time
	UsedAt    engine.Time
}

func (tokenRow) TableName() string { return "tokens" }

func (r tokenRow) token() Token {
	t := Token{Workspace: r.Workspace, ID: r.TokenID, Name: r.Name, Role: r.Role, Scopes: strings.Fields(r.Scopes), Prefix: r.Prefix,
		CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, RevokedAt: r.RevokedAt, UsedAt: r.UsedAt}
	copy(t.Hash[:], r.Hash)
	return t
}

// CreateToken adds a token.
func (s *Store) CreateToken(ctx context.Context, t Token) error {
	return s.create(ctx, t.Workspace, "token", t.row())
}

func (t Token) row() *tokenRow {
	return &tokenRow{t.Workspace, t.ID, t.Name, t.Role, strings.Join(t.Scopes, " "), t.Hash[:], t.Prefix,
		t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.UsedAt}
}

// TokenByHash finds a credential, and by it the workspace. Whether it has
// expired or was revoked is for the caller to see.
func (s *Store) TokenByHash(ctx context.Context, hash [32]byte) (Token, error) {
	orm := s.across(ctx, s.readers, "the credential tells the workspace").Where("hash = ?", hash[:])
	row, err := one[tokenRow](orm, s, "token", "")
	return row.token(), err
}

// Tokens lists a workspace's tokens, oldest first.
func (s *Store) Tokens(ctx context.Context, workspace string) ([]Token, error) {
	var found []tokenRow
	err := s.outside(workspace).orm(ctx).Order("created_at, token_id").Find(&found).Error
	return converted(found, tokenRow.token), s.failure("list tokens", err)
}

// RevokeToken ends a token; one that is revoked already stays as it is.
func (s *Store) RevokeToken(ctx context.Context, workspace, id string, now engine.Time) error {
	return s.failure("revoke token", s.audited(ctx, workspace, func(c scope) error {
		row, err := one[tokenRow](c.orm(ctx).Where("token_id = ?", id).Clauses(forUpdate), s, "token", id)
		if err != nil || row.RevokedAt != 0 {
			return err
		}
		return c.orm(ctx).Model(&tokenRow{}).Where("token_id = ?", id).Update("revoked_at", now).Error
	}))
}

// TouchToken notes when a token was last used; callers do so at most once a minute.
func (s *Store) TouchToken(ctx context.Context, workspace, id string, now engine.Time) error {
	return s.failure("touch token", s.inside(workspace).orm(ctx).Model(&tokenRow{}).Where("token_id = ? AND used_at < ?", id, now).Update("used_at", now).Error)
}

// HasOwner is whether anybody can sign in or call as an owner, in any workspace.
func (s *Store) HasOwner(ctx context.Context, now engine.Time) (bool, error) {
	owned, err := hasOwner(ctx, s.writer.orm, now)
	return owned, s.failure("look for an owner", err)
}

func hasOwner(ctx context.Context, orm *gorm.DB, now engine.Time) (bool, error) {
	orm = orm.WithContext(ctx).Set(everyWorkspace, "the set-up link works while the server has no owner").Session(&gorm.Session{})
	var n int64
	err := orm.Model(&tokenRow{}).Where("role = ? AND revoked_at = 0 AND (expires_at = 0 OR expires_at > ?)", "owner", now).Count(&n).Error
	if err == nil && n == 0 {
		err = orm.Model(&userRow{}).Where("role = ? AND disabled_at = 0", "owner").Count(&n).Error
	}
	return n > 0, err
}
