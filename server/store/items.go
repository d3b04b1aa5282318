package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

var itemBulk = bulk{
	table:   "items",
	columns: []string{"kind", "item_id", "state", "member", "grp", "owner", "rule_key", "happened_at", "due", "version", "body"}, keys: 3,
	set: []string{"state", "member", "grp", "owner", "rule_key", "happened_at", "due", "version", "body"},
}

// itemRow is a row of items as gorm reads it.
type itemRow struct {
	Kind       string
	ItemID     string
	State      string
	Member     string
	Grp        string
	Owner      string
	RuleKey    string
	HappenedAt engine.Time
	Due        engine.Time
	Version    int64
	Body       []byte
}

func (itemRow) TableName() string { return "items" }

func (r itemRow) item() engine.Item {
	return engine.Item{Kind: r.Kind, ID: r.ItemID, State: r.State, Member: r.Member, Group: r.Grp, Owner: r.Owner, Rule: r.RuleKey,
		At: r.HappenedAt, Due: r.Due, Version: r.Version, Body: r.Body}
}

func (t *tx) saveItems(ctx context.Context, c *engine.Changes) error {
	items := slices.SortedStableFunc(slices.Values(c.Items), func(a, b engine.Item) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	all := itemBulk.rows(len(items))
	for _, i := range items {
		all.add(t.workspace, len(i.Body), i.Kind, i.ID, i.State, i.Member, i.Group, i.Owner, i.Rule, int64(i.At), int64(i.Due), i.Version, i.Body)
	}
	return t.insert(ctx, all)
}

// ListItems gives items of one kind, newest first.
func (r *reader) ListItems(ctx context.Context, q engine.ItemQuery) (engine.Rows[engine.Item], error) {
	c := condition{r.orm(ctx).Where("kind = ?", q.Kind)}
	c.is("state", q.State)
	c.about("member", q.Member, q.Parts)
	c.is("grp", q.Group)
	c.is("owner", q.Owner)
	c.is("rule_key", q.Rule)
	if q.DueBefore != 0 {
		c.orm = c.orm.Where("due <> 0 AND due < ?", int64(q.DueBefore))
	}
	if err := c.after("happened_at", "item_id", q.Cursor, textKey); err != nil {
		return engine.Rows[engine.Item]{}, err
	}
	limit := limitOf(q.Page)
	var found []itemRow
	err := c.orm.Order("happened_at DESC, item_id DESC").Limit(limit + 1).Find(&found).Error
	all := make([]engine.Item, 0, len(found))
	for _, row := range found {
		all = append(all, row.item())
	}
	return paged(all, limit, func(i *engine.Item) cursor { return cursor{int64(i.At), i.ID} }), r.readError("list items", err)
}
