package store

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
)

// Ingress is the address at which a channel takes webhooks.
type Ingress struct {
	Workspace, Channel string
	ID                 string // in the address; whoever knows it may knock
	CreatedAt          engine.Time
}

type ingressRow struct {
	Workspace string `gorm:"primaryKey"`
	Channel   string `gorm:"primaryKey"`
	IngressID string
	CreatedAt engine.Time `gorm:"autoCreateTime:false"`
}

func (ingressRow) TableName() string { return "ingresses" }

func (r ingressRow) ingress() Ingress {
	return Ingress{r.Workspace, r.Channel, r.IngressID, r.CreatedAt}
}

var ingressBulk = bulk{table: "ingresses", columns: []string{"channel", "ingress_id", "created_at"}, keys: 2, set: []string{"ingress_id", "created_at"}}

// PutIngress gives a channel its address; one that it had before is nobody's from then on.
func (s *Store) PutIngress(ctx context.Context, i Ingress) error {
	return s.failure("keep ingress", s.audited(ctx, i.Workspace, func(c scope) error {
		row := ingressBulk.rows(1)
		row.add(i.Workspace, 0, i.Channel, i.ID, int64(i.CreatedAt))
		return c.insert(ctx, row)
	}))
}

// DeleteIngress takes a channel's address away; not found when it has none.
func (s *Store) DeleteIngress(ctx context.Context, workspace, channel string) error {
	return s.failure("delete ingress", s.audited(ctx, workspace, func(c scope) error {
		n, err := c.exec(ctx, "DELETE FROM ingresses WHERE workspace = ? AND channel = ?", channel)
		if err == nil && n == 0 {
			return engine.NotFound("ingress", channel)
		}
		return err
	}))
}

// IngressOf gives a channel's address; not found when it has none.
func (s *Store) IngressOf(ctx context.Context, workspace, channel string) (Ingress, error) {
	row, err := one[ingressRow](s.outside(workspace).orm(ctx).Where("channel = ?", channel), s, "ingress", channel)
	return row.ingress(), err
}

// Ingress finds the channel, and by it the workspace, of an address.
func (s *Store) Ingress(ctx context.Context, id string) (Ingress, error) {
	orm := s.across(ctx, s.readers, "the address tells the workspace").Where("ingress_id = ?", id)
	row, err := one[ingressRow](orm, s, "ingress", "")
	return row.ingress(), err
}
