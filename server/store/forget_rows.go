package store

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// peopled are the columns of JSON in which identities may stand, with the keys
// of their rows.
var peopled = []struct {
	table, column string
	keys          []string
}{
	{"jobs", "request", []string{"job_id"}},
	{"jobs", "result", []string{"job_id"}},
	{"job_rows", "body", []string{"job_id", "seq"}},
	{"audit", "body", []string{"happened_at", "entry_id"}},
	{"items", "body", []string{"kind", "item_id"}},
	{"timers", "body", []string{"timer_key"}},
	{"ledger", "body", []string{"position", "entry"}},
	{"decisions", "body", []string{"position", "place"}},
}

// rows puts pseudonyms into rows of JSON, and deletes remembered answers and
// files that may show the member: both can be asked for again.
func (f *forgetter) rows(ctx context.Context) error {
	for _, p := range peopled {
		for id := range f.names {
			var found []map[string]any
			c := f.orm(ctx).Table(p.table).Select(append([]string{p.column}, p.keys...))
			if err := c.Where("INSTR("+p.column+", ?) > 0", inJSON(id.ExternalID)).Find(&found).Error; err != nil {
				return fmt.Errorf("%s: %w", p.table, err)
			}
			for _, row := range found {
				if err := f.row(ctx, p.table, p.column, row); err != nil {
					return err
				}
			}
		}
	}
	return f.store.transact(ctx, f.workspace, func(c scope) error {
		needles := [][]byte{[]byte(f.Member)}
		for _, id := range f.Merged {
			needles = append(needles, []byte(id))
		}
		for id := range f.names {
			needles = append(needles, inJSON(id.ExternalID))
		}
		for _, n := range needles {
			if err := c.orm(ctx).Table("idempotency").Where("answer IS NOT NULL AND INSTR(answer, ?) > 0", n).Delete(nil).Error; err != nil {
				return err
			}
		}
		ended := c.orm(ctx).Table("jobs").Select("job_id").Where("state IN ?", []string{engine.JobDone, engine.JobFailed, engine.JobCancelled})
		return c.orm(ctx).Table("job_files").Where("job_id IN (?)", ended).Delete(nil).Error
	})
}

func (f *forgetter) row(ctx context.Context, table, column string, row map[string]any) error {
	var body []byte
	switch v := row[column].(type) {
	case []byte:
		body = v
	case string:
		body = []byte(v)
	}
	out, changed := f.json(body)
	if !changed {
		return nil
	}
	delete(row, column)
	for key, v := range row {
		if text, is := v.([]byte); is { // of which gorm would make a list
			row[key] = string(text)
		}
	}
	return f.store.transact(ctx, f.workspace, func(c scope) error {
		return c.orm(ctx).Table(table).Where(row).UpdateColumn(column, out).Error
	})
}

// deliveries takes address and words out of what was or would be sent to them,
// or speaks of them.
func (f *forgetter) deliveries(ctx context.Context) error {
	for _, member := range append([]string{f.Member}, f.Merged...) {
		var found []deliveryRow
		if err := f.orm(ctx).Where("member = ?", member).Find(&found).Error; err != nil {
			return err
		}
		for _, row := range found {
			d, err := row.delivery()
			if err != nil {
				return err
			}
			d.Target.Address, d.Text, d.Data = "", "", nil
			body, err := encodeDelivery(&d)
			if err != nil {
				return err
			}
			err = f.store.transact(ctx, f.workspace, func(c scope) error {
				_, err := c.exec(ctx, "UPDATE deliveries SET body = ? WHERE workspace = ? AND delivery_id = ?", body, row.DeliveryID)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
