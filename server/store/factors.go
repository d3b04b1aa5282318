package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/bylaw-dev/bylaw/engine"
)

// SecondFactor is what a user proves themselves with beside the password. Its
// secret is encrypted by the caller.
type SecondFactor struct {
	Workspace   string
	User        string
	Secret      []byte
	CreatedAt   engine.Time
	ConfirmedAt engine.Time // 0: begun, and not asked for yet
	UsedStep    int64       // of the last code that was used
	Recovery    int64       // codes left
}

type factorRow struct {
	Workspace   string `gorm:"primaryKey"`
	UserID      string `gorm:"primaryKey"`
	Secret      []byte
	CreatedAt   engine.Time `gorm:"autoCreateTime:false"`
	ConfirmedAt engine.Time
	UsedStep    int64
}

func (factorRow) TableName() string { return "second_factors" }

type recoveryRow struct {
	Workspace string `gorm:"primaryKey"`
	UserID    string `gorm:"primaryKey"`
	Hash      []byte `gorm:"primaryKey"`
}

func (recoveryRow) TableName() string { return "recovery_codes" }

// SecondFactor gives a user's second factor; engine.CodeNotFound when there is
// none, not even begun.
func (s *Store) SecondFactor(ctx context.Context, workspace, user string) (SecondFactor, error) {
	row, err := one[factorRow](s.outside(workspace).orm(ctx).Where("user_id = ?", user), s, "second factor", user)
	if err != nil {
		return SecondFactor{}, err
	}
	f := SecondFactor{row.Workspace, row.UserID, row.Secret, row.CreatedAt, row.ConfirmedAt, row.UsedStep, 0}
	err = s.outside(workspace).orm(ctx).Model(&recoveryRow{}).Where("user_id = ?", user).Count(&f.Recovery).Error
	return f, s.failure("count recovery codes", err)
}

// BeginSecondFactor keeps a secret that is not confirmed yet, in place of one
// that was not; a conflict when there is a confirmed one.
func (s *Store) BeginSecondFactor(ctx context.Context, f SecondFactor) error {
	return s.failure("begin second factor", s.audited(ctx, f.Workspace, func(c scope) error {
		if err := c.orm(ctx).Where("user_id = ? AND confirmed_at = 0", f.User).Delete(&factorRow{}).Error; err != nil {
			return err
		}
		var n int64
		if err := c.orm(ctx).Model(&factorRow{}).Where("user_id = ?", f.User).Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return ErrHasSecondFactor
		}
		return c.session.WithContext(ctx).Create(&factorRow{f.Workspace, f.User, f.Secret, f.CreatedAt, 0, 0}).Error
	}))
}

// What a second factor is refused for.
var (
	ErrHasSecondFactor = engine.Conflict(engine.Text{En: "there is a second factor already: remove it first", Zh: "已启用两步验证，请先关闭"})
	ErrNoSecondFactor  = engine.Conflict(engine.Text{En: "there is no second factor", Zh: "未启用两步验证"})
)

// ConfirmSecondFactor makes the secret that was begun count, as f has it, with
// the hashes of its recovery codes; all sessions but one end.
func (s *Store) ConfirmSecondFactor(ctx context.Context, f SecondFactor, recovery [][32]byte, session string) error {
	return s.failure("confirm second factor", s.audited(ctx, f.Workspace, func(c scope) error {
		done := c.orm(ctx).Model(&factorRow{}).Where("user_id = ? AND confirmed_at = 0 AND secret = ?", f.User, f.Secret).
			Updates(map[string]any{"confirmed_at": f.ConfirmedAt, "used_step": f.UsedStep})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return ErrNoSecondFactor
		}
		rows := make([]recoveryRow, len(recovery))
		for i := range recovery {
			rows[i] = recoveryRow{f.Workspace, f.User, recovery[i][:]}
		}
		if err := c.session.WithContext(ctx).Create(&rows).Error; err != nil {
			return err
		}
		return c.endSessions(ctx, f.User, session)
	}))
}

// UseStep marks the code of a step as used: false when it, or a later one, was
// used before.
func (s *Store) UseStep(ctx context.Context, workspace, user string, step int64) (bool, error) {
	done := s.inside(workspace).orm(ctx).Model(&factorRow{}).Where("user_id = ? AND confirmed_at > 0 AND used_step < ?", user, step).Update("used_step", step)
	return done.RowsAffected == 1, s.failure("use code", done.Error)
}

// UseRecovery uses a recovery code up: false when there is none with that hash.
func (s *Store) UseRecovery(ctx context.Context, workspace, user string, hash [32]byte) (bool, error) {
	done := s.inside(workspace).orm(ctx).Where("user_id = ? AND hash = ?", user, hash[:]).Delete(&recoveryRow{})
	return done.RowsAffected == 1, s.failure("use recovery code", done.Error)
}

// RemoveSecondFactor removes a confirmed second factor; all sessions but one
// end, "" spares none.
func (s *Store) RemoveSecondFactor(ctx context.Context, workspace, user, session string) error {
	return s.failure("remove second factor", s.audited(ctx, workspace, func(c scope) error {
		done := c.orm(ctx).Where("user_id = ? AND confirmed_at > 0", user).Delete(&factorRow{})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return ErrNoSecondFactor
		}
		if err := c.orm(ctx).Where("user_id = ?", user).Delete(&recoveryRow{}).Error; err != nil {
			return err
		}
		return c.endSessions(ctx, user, session)
	}))
}

// withSecondFactor are the users of a workspace who have one, or of one user.
func (s *Store) withSecondFactor(orm *gorm.DB) (map[string]bool, error) {
	var ids []string
	err := orm.Model(&factorRow{}).Where("confirmed_at > 0").Pluck("user_id", &ids).Error
	have := make(map[string]bool, len(ids))
	for _, id := range ids {
		have[id] = true
	}
	return have, s.failure("read second factors", err)
}
