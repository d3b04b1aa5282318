package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/server/app"
)

// stopLimit bounds the whole stop, beyond the time for requests under way.
const stopLimit = 45 * time.Second

// serve runs the server until it is told to stop: once to stop in order, twice
// to stop at once.
func (p *program) serve() *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: p.say("Run the server (what bylaw does without a command)", "启动服务（不带命令时的默认动作）"), Args: p.args(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := p.settings(cmd)
			if err != nil {
				return err
			}
			signals := make(chan os.Signal, 2)
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
			defer signal.Stop(signals)
			log := app.NewLog(p.err, &loaded.Settings)
			if err := p.loadDemo(cmd.Context(), loaded, log, signals); err != nil {
				return err
			}
			a, err := app.New(cmd.Context(), loaded, log)
			if err != nil {
				return err
			}
			if err := a.Start(cmd.Context()); err != nil {
				return stopped(a, err, nil)
			}
			p.welcome(a)
			return p.wait(cmd.Context(), a, signals)
		},
	}
	p.serveFlags(c.Flags())
	return c
}

// welcome says where the server is, on stdout: it is what the command is asked for.
func (p *program) welcome(a *app.App) {
	fmt.Fprintf(p.out, p.say("Bylaw serves on %s\n", "群规已启动：%s\n"), a.URL())
	if a.Setup != "" {
		fmt.Fprintf(p.out, p.say("\nNobody owns this server yet. Open this link once, within 24 hours, to become its owner:\n\n  %s\n\n",
			"\n本服务器还没有所有者。请在 24 小时内打开此链接（仅一次有效）成为所有者：\n\n  %s\n\n"), a.Setup)
	}
}

// wait serves until something ends it.
func (p *program) wait(ctx context.Context, a *app.App, signals <-chan os.Signal) error {
	select {
	case <-signals:
		p.note("stopping; once more to stop at once", "正在停止；再按一次立即退出")
	case <-ctx.Done():
	case err := <-a.Failed():
		return stopped(a, err, signals)
	}
	return stopped(a, nil, signals)
}

// stopped stops the server within bounds; a second signal cuts that short.
func stopped(a *app.App, because error, signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), a.Settings.DrainTimeout+stopLimit)
	defer cancel()
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := a.Stop(ctx); err != nil {
		a.Log.Error("stop", "error", err)
		if because == nil {
			return err
		}
	}
	return because
}
