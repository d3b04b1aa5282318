package store

import (
	"context"
	"strings"
	"testing"

	"gorm.io/gorm"
)

// TestNoQueryWithoutWorkspace: what forgets the workspace fails before it reaches
// the database, raw or through gorm.
func TestNoQueryWithoutWorkspace(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		seed(t, s, "w")
		before := countAll(t, s)
		c := s.inside("w")
		var items []itemRow
		var n int64
		orm := func() *gorm.DB { return s.writer.orm.WithContext(ctx) }
		for name, try := range map[string]func() error{
			"raw read":             func() error { return each2(c.query(ctx, "SELECT body FROM items WHERE kind = ?", "task")) },
			"raw write":            func() error { _, err := c.exec(ctx, "DELETE FROM items WHERE kind = ?", "task"); return err },
			"raw, another column":  func() error { return each2(c.query(ctx, "SELECT body FROM items WHERE item_id = ?", "i")) },
			"gorm find":            func() error { return orm().Find(&items).Error },
			"gorm where":           func() error { return orm().Where("kind = ?", "task").Find(&items).Error },
			"gorm or":              func() error { return orm().Where("workspace = ?", "w").Or("kind = ?", "task").Find(&items).Error },
			"gorm or in a string":  func() error { return orm().Where("workspace = ? OR kind = ?", "w", "task").Find(&items).Error },
			"gorm empty workspace": func() error { return orm().Where("workspace = ?", "").Find(&items).Error },
			"gorm count":           func() error { return orm().Table("items").Count(&n).Error },
			"gorm rows":            func() error { return each2(orm().Table("items").Select("body").Rows()) },
			"gorm pluck":           func() error { var ids []string; return orm().Table("items").Pluck("item_id", &ids).Error },
			"gorm update":          func() error { return orm().Table("items").Where("kind = ?", "task").Update("state", "x").Error },
			"gorm delete":          func() error { return orm().Table("items").Where("kind = ?", "task").Delete(nil).Error },
			"gorm raw":             func() error { return orm().Raw("SELECT body FROM items").Scan(&items).Error },
			"gorm exec":            func() error { return orm().Exec("DELETE FROM items").Error },
			"gorm create":          func() error { return orm().Create(&jobRow{JobID: "x"}).Error },
			"gorm create some":     func() error { return orm().Create([]jobRow{{Workspace: "w", JobID: "x"}, {JobID: "y"}}).Error },
			"gorm create a map":    func() error { return orm().Table("jobs").Create(map[string]any{"job_id": "x"}).Error },
		} {
			if err := try(); err == nil || !strings.Contains(err.Error(), "does not say") {
				t.Errorf("%s: the error is %v, it should be about the workspace", name, err)
			}
		}
		for table, n := range countAll(t, s) {
			equal(t, "rows of "+table, n, before[table])
		}
		must(t, c.orm(ctx).Find(&items).Error)
		equal(t, "items with the workspace", len(items), 1)
		must(t, s.inside("v").orm(ctx).Find(&items).Error)
		equal(t, "items of another workspace", len(items), 0)
	})
}

func each2[R interface{ Close() error }](rows R, err error) error {
	if err == nil {
		rows.Close()
	}
	return err
}

func TestWorkspaceGoesToItsPlace(t *testing.T) {
	c := scope{workspace: "w"}
	for text, want := range map[string]string{
		"SELECT 1 FROM t WHERE workspace = ? AND b = ?":                                                                 "w 1 2",
		"UPDATE t SET a = ?, b = ? WHERE workspace = ?":                                                                 "1 2 w",
		"UPDATE t SET a = ? WHERE workspace = ? AND b = ?":                                                              "1 w 2",
		"SELECT 1 FROM t WHERE workspace = ? AND b = (SELECT 1 FROM u WHERE c = ? AND workspace = ? AND d = ? LIMIT 1)": "w 1 w 2",
	} {
		args, err := c.arguments(text, []any{1, 2})
		must(t, err)
		equal(t, text, show(args...), want)
	}
}
