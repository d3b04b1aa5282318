package store

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
)

var secretBulk = bulk{table: "channel_secrets", columns: []string{"channel", "name", "ciphertext", "updated_at"}, keys: 3, set: []string{"ciphertext", "updated_at"}}

type secretRow struct {
	Channel, Name string
	Ciphertext    []byte
}

func (secretRow) TableName() string { return "channel_secrets" }

// ChannelSecret is one secret of a channel, encrypted by the caller.
type ChannelSecret struct {
	Workspace, Channel, Name string
	Ciphertext               []byte // nil deletes
	UpdatedAt                engine.Time
}

// PutChannelSecret keeps or deletes a secret.
func (s *Store) PutChannelSecret(ctx context.Context, x ChannelSecret) error {
	return s.failure("keep secret", s.transact(ctx, x.Workspace, func(c scope) error {
		if x.Ciphertext == nil {
			_, err := c.exec(ctx, "DELETE FROM channel_secrets WHERE workspace = ? AND channel = ? AND name = ?", x.Channel, x.Name)
			return err
		}
		row := secretBulk.rows(1)
		row.add(x.Workspace, len(x.Ciphertext), x.Channel, x.Name, x.Ciphertext, int64(x.UpdatedAt))
		return c.insert(ctx, row)
	}))
}

// ChannelSecrets gives a channel's secrets by name, encrypted.
func (s *Store) ChannelSecrets(ctx context.Context, workspace, channel string) (map[string][]byte, error) {
	var found []secretRow
	err := s.outside(workspace).orm(ctx).Where("channel = ?", channel).Find(&found).Error
	secrets := make(map[string][]byte, len(found))
	for _, r := range found {
		secrets[r.Name] = r.Ciphertext
	}
	return secrets, s.failure("read secrets", err)
}
