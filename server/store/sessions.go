package store

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
)

// Session is somebody who is signed in on one device. Of its secret only the
// hash is kept.
type Session struct {
	Workspace string
	ID        string
	User      string
	Hash      [32]byte // SHA-256 of the secret
	CreatedAt engine.Time
	SeenAt    engine.Time
	ExpiresAt engine.Time
	UserAgent string
	Network   string // where it was begun from
}

type sessionRow struct {
	Workspace string `gorm:"primaryKey"`
	SessionID string `gorm:"primaryKey"`
	UserID    string
	Hash      []byte
	CreatedAt engine.Time `gorm:"autoCreateTime:false"`
	SeenAt    engine.Time
	ExpiresAt engine.Time
	UserAgent string
	Network   string
}

func (sessionRow) TableName() string { return "sessions" }

func (r sessionRow) session() Session {
	s := Session{Workspace: r.Workspace, ID: r.SessionID, User: r.UserID, CreatedAt: r.CreatedAt, SeenAt: r.SeenAt,
		ExpiresAt: r.ExpiresAt, UserAgent: r.UserAgent, Network: r.Network}
	copy(s.Hash[:], r.Hash)
	return s
}

func (s Session) row() *sessionRow {
	return &sessionRow{s.Workspace, s.ID, s.User, s.Hash[:], s.CreatedAt, s.SeenAt, s.ExpiresAt, s.UserAgent, s.Network}
}

// sessionsKept is how many sessions a user may have; of more the least used end.
const sessionsKept = 50

// CreateSession adds a session.
func (s *Store) CreateSession(ctx context.Context, one Session) error {
	return s.failure("create session", s.audited(ctx, one.Workspace, func(c scope) error { return c.addSession(ctx, one) }))
}

func (c scope) addSession(ctx context.Context, one Session) error {
	if err := c.session.WithContext(ctx).Create(one.row()).Error; err != nil {
		return err
	}
	var ids []string
	err := c.orm(ctx).Model(&sessionRow{}).Where("user_id = ?", one.User).Order("seen_at DESC, session_id").Pluck("session_id", &ids).Error
	if err != nil || len(ids) <= sessionsKept {
		return err
	}
	return c.orm(ctx).Where("user_id = ? AND session_id IN ?", one.User, ids[sessionsKept:]).Delete(&sessionRow{}).Error
}

// SessionByHash finds a session, and by it the workspace, with its user as they
// are now. Whether it has expired or they are disabled is for the caller to see.
func (s *Store) SessionByHash(ctx context.Context, hash [32]byte) (Session, User, error) {
	orm := s.across(ctx, s.readers, "the credential tells the workspace").Where("hash = ?", hash[:])
	row, err := one[sessionRow](orm, s, "session", "")
	if err != nil {
		return Session{}, User{}, err
	}
	u, err := s.User(ctx, row.Workspace, row.UserID)
	return row.session(), u, err
}

// Sessions lists a user's sessions, last used first.
func (s *Store) Sessions(ctx context.Context, workspace, user string) ([]Session, error) {
	var found []sessionRow
	err := s.outside(workspace).orm(ctx).Where("user_id = ?", user).Order("seen_at DESC, session_id").Find(&found).Error
	return converted(found, sessionRow.session), s.failure("list sessions", err)
}

// TouchSession notes when a session was last used and until when it lasts;
// callers do so every few minutes.
func (s *Store) TouchSession(ctx context.Context, workspace, id string, seen, expires engine.Time) error {
	return s.failure("touch session", s.inside(workspace).orm(ctx).Model(&sessionRow{}).Where("session_id = ? AND seen_at < ?", id, seen).
		Updates(map[string]any{"seen_at": seen, "expires_at": expires}).Error)
}

// EndSession ends one session of a user; engine.CodeNotFound when they have none
// of that id.
func (s *Store) EndSession(ctx context.Context, workspace, user, id string) error {
	return s.failure("end session", s.audited(ctx, workspace, func(c scope) error {
		done := c.orm(ctx).Where("user_id = ? AND session_id = ?", user, id).Delete(&sessionRow{})
		if done.Error == nil && done.RowsAffected == 0 {
			return engine.NotFound("session", id)
		}
		return done.Error
	}))
}

// EndSessions ends a user's sessions but for one; "" spares none.
func (s *Store) EndSessions(ctx context.Context, workspace, user, but string) error {
	return s.failure("end sessions", s.audited(ctx, workspace, func(c scope) error { return c.endSessions(ctx, user, but) }))
}

func (c scope) endSessions(ctx context.Context, user, but string) error {
	return c.orm(ctx).Where("user_id = ? AND session_id <> ?", user, but).Delete(&sessionRow{}).Error
}

// PurgeSessions deletes sessions that are over.
func (s *Store) PurgeSessions(ctx context.Context, now engine.Time) (int64, error) {
	done := s.across(ctx, s.writer, "old sessions of all workspaces are deleted").Where("expires_at <= ?", now).Delete(&sessionRow{})
	return done.RowsAffected, s.failure("purge sessions", done.Error)
}
