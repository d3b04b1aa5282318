package cli

import (
	"context"
	"log/slog"
	"os"

	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/config"
)

// loadDemo makes the sample community where one is asked for and not there yet.
// A signal ends it; what was made is deleted at the next start.
func (p *program) loadDemo(ctx context.Context, loaded *config.Loaded, log *slog.Logger, signals <-chan os.Signal) error {
	if !loaded.Demo {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	var b *bar
	begun := false
	err := app.LoadDemo(ctx, loaded, log, func(done, total int64) {
		if !begun {
			begun = true
			p.note("making the sample community, once, in "+loaded.DataDir, "正在生成示例社群（仅首次），目录 "+loaded.DataDir)
			b = p.progress(total, "events", "事件")
		}
		b.set(done, total)
	})
	b.Close()
	return err
}
