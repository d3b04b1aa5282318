package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/config"
	"github.com/bylaw-dev/bylaw/server/store"
)

// tables opens the database for a look at what is in it; nil when there is nothing
// that this program can read, of which checkDatabase has spoken.
func tables(ctx context.Context, s *config.Loaded) *store.Store {
	if path := s.SQLitePath(); path != "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	db, err := app.OpenStore(ctx, &s.Settings)
	if err != nil {
		return nil
	}
	if current, needed, err := db.Version(ctx); err != nil || current != needed {
		_ = db.Close() // what is wrong was said
		return nil
	}
	return db
}

// checkSecrets is whether the server's key opens what was encrypted with it: after
// a restore, or on another machine, the key may be missing or another one.
func checkSecrets(ctx context.Context, s *config.Loaded) examined {
	db := tables(ctx, s)
	if db == nil {
		return fine("secrets", "there is nothing to open yet", "尚无可解密的内容")
	}
	defer db.Close()
	locked, file, err := app.LockedSecrets(ctx, &s.Settings, db)
	switch {
	case err != nil:
		return ill("secrets", said(err), "", "")
	case locked > 0:
		return ill("secrets", engine.Text{
			En: fmt.Sprintf("%d secrets of channels were encrypted with another key: their channels cannot send", locked),
			Zh: fmt.Sprintf("有 %d 个渠道密钥由另一把主密钥加密：相应渠道无法发送", locked)},
			fmt.Sprintf("put the secret.key they were encrypted with at %s, or set the channels' secrets again", file),
			fmt.Sprintf("请将加密时的 secret.key 放回 %s，或重新设置这些渠道的密钥", file))
	}
	return fine("secrets", "channels' secrets can be opened", "渠道密钥可以解密")
}

// checkChannels is whether every channel in use has a plugin that may run here.
func checkChannels(ctx context.Context, s *config.Loaded) examined {
	db := tables(ctx, s)
	if db == nil {
		return fine("channels", "there are none yet", "尚无渠道")
	}
	defer db.Close()
	found, err := app.UnservedChannels(ctx, s, db)
	if err != nil {
		return ill("channels", said(err), "", "")
	}
	if len(found) == 0 {
		return fine("channels", "every channel has its plugin", "各渠道的插件齐备")
	}
	var en, zh []string
	for _, u := range found {
		en = append(en, fmt.Sprintf("channel %s of workspace %s needs the plugin %s, which cannot run here", u.Channel, u.Workspace, u.Plugin))
		zh = append(zh, fmt.Sprintf("空间 %s 的渠道 %s 需要插件 %s，但它无法在此运行", u.Workspace, u.Channel, u.Plugin))
	}
	return ill("channels", engine.Text{En: strings.Join(en, "; "), Zh: strings.Join(zh, "；")},
		"bylaw plugin install <folder>, then bylaw plugin trust <id>; or disable the channel",
		"请先 bylaw plugin install <目录>，再 bylaw plugin trust <id>；或停用该渠道")
}

// checkPlugins is whether what is installed may run.
func checkPlugins(_ context.Context, s *config.Loaded) examined {
	installed, err := host.Discover(s.DataDir)
	if err != nil {
		return ill("plugins", said(err), "", "")
	}
	var en, zh []string
	for _, i := range installed {
		if !i.Trusted {
			en, zh = append(en, i.Said.En), append(zh, i.Said.Zh)
		}
	}
	if len(en) > 0 {
		return ill("plugins", engine.Text{En: strings.Join(en, "; "), Zh: strings.Join(zh, "；")}, "until then its channels send nothing", "在此之前，其渠道不会发送任何内容")
	}
	return fine("plugins", fmt.Sprintf("%d installed, all trusted", len(installed)), fmt.Sprintf("已安装 %d 个，均已信任", len(installed)))
}
