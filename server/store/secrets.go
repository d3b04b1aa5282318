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
	Channel, Name string
	Ciphertext    []byte // nil deletes
	UpdatedAt     engine.Time
}

// PutChannelSecrets keeps or deletes secrets of one workspace, all or none.
func (s *Store) PutChannelSecrets(ctx context.Context, workspace string, list ...ChannelSecret) error {
	return s.failure("keep secrets", s.audited(ctx, workspace, func(c scope) error {
		kept := secretBulk.rows(len(list))
		for _, x := range list {
			if x.Ciphertext != nil {
				kept.add(workspace, len(x.Ciphertext), x.Channel, x.Name, x.Ciphertext, int64(x.UpdatedAt))
				continue
			}
			if _, err := c.exec(ctx, "DELETE FROM channel_secrets WHERE workspace = ? AND channel = ? AND name = ?", x.Channel, x.Name); err != nil {
				return err
			}
		}
		return c.insert(ctx, kept)
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

// AllChannelSecrets gives the encrypted secrets of every workspace, to see
// whether a key can open them.
func (s *Store) AllChannelSecrets(ctx context.Context) ([][]byte, error) {
	var found []secretRow
	err := s.across(ctx, s.readers, "the server's key opens the secrets of all").Find(&found).Error
	all := make([][]byte, len(found))
	for i, r := range found {
		all[i] = r.Ciphertext
	}
	return all, s.failure("read secrets", err)
}
