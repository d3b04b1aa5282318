package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bylaw-dev/bylaw/server/config"
	"github.com/bylaw-dev/bylaw/server/store"
)

// LockedSecrets counts the channels' secrets in a database that the server's
// secret key cannot open, as after a restore without its key; file is where the
// key should be. No key is made.
func LockedSecrets(ctx context.Context, s *config.Settings, db *store.Store) (locked int, file string, err error) {
	file = filepath.Join(s.DataDir, keyFile)
	all, err := db.AllChannelSecrets(ctx)
	if err != nil || len(all) == 0 {
		return 0, file, err
	}
	if _, err := os.Stat(file); s.SecretKey == "" && errors.Is(err, fs.ErrNotExist) {
		return len(all), file, nil
	}
	seal, err := openSealer(s)
	if err != nil {
		return 0, file, err
	}
	for _, sealed := range all {
		if len(sealed) < sealHeader || [4]byte(sealed[1:sealHeader]) != seal.id {
			locked++
		}
	}
	return locked, file, nil
}
