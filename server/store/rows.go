package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/bylaw-dev/bylaw/engine"
)

// inside is a scope that writes single rows without a transaction of its own.
func (s *Store) inside(workspace string) scope {
	return scope{store: s, workspace: workspace, db: s.writer, session: s.writer.orm}
}

func (s *Store) failure(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", step, s.explain(err))
}

// create adds rows to a workspace, all or none; a key that is taken is a conflict.
func (s *Store) create(ctx context.Context, workspace, noun string, rows ...any) error {
	err := s.audited(ctx, workspace, func(c scope) error {
		for _, row := range rows {
			if err := c.session.WithContext(ctx).Create(row).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && s.dialect.fault(err) == faultTaken {
		return engine.Conflict(engine.Text{En: "this " + noun + " exists already", Zh: "该 " + noun + " 已存在"})
	}
	return s.failure("create "+noun, err)
}

// one reads the row that a query selects, or says that there is none.
func one[T any](orm *gorm.DB, s *Store, noun, key string) (row T, err error) {
	found := orm.Limit(1).Find(&row)
	if found.Error != nil {
		return row, s.failure("read "+noun, found.Error)
	}
	if found.RowsAffected == 0 {
		return row, engine.NotFound(noun, key)
	}
	return row, nil
}

// changedOne asks that a change hit the row it was meant for.
func changedOne(noun, key string, done *gorm.DB) error {
	if done.Error != nil {
		return fmt.Errorf("change %s: %w", noun, done.Error)
	}
	if done.RowsAffected == 0 {
		return engine.Conflict(engine.Text{
			En: fmt.Sprintf("%s %q was changed or removed meanwhile; read it again", noun, key),
			Zh: fmt.Sprintf("%s %q 已被他人修改或删除，请重新读取", noun, key)})
	}
	return nil
}

func converted[R, T any](rows []R, convert func(R) T) []T {
	all := make([]T, 0, len(rows))
	for _, r := range rows {
		all = append(all, convert(r))
	}
	return all
}
