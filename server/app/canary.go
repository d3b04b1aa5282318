package app

import (
	"bytes"
	"context"
	"slices"
)

// LeakedSecret names the first secret of a workspace's channels, as channel and
// name, that is found in a text meant to leave the server; "" when none is.
func (c *Core) LeakedSecret(ctx context.Context, workspace string, texts ...[]byte) (string, error) {
	names, err := c.SecretNames(ctx, workspace)
	if err != nil {
		return "", err
	}
	for channel := range names {
		secrets, err := c.channels.secrets(ctx, workspace, channel)
		if err != nil {
			return "", err
		}
		for name, value := range secrets {
			if value != "" && slices.ContainsFunc(texts, func(t []byte) bool { return bytes.Contains(t, []byte(value)) }) {
				return channel + " " + name, nil
			}
		}
	}
	return "", nil
}

// SecretNames lists the secrets that a workspace's channels have, by channel.
func (c *Core) SecretNames(ctx context.Context, workspace string) (map[string][]string, error) {
	return c.channels.SecretNames(ctx, workspace)
}
