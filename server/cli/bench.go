package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/bench"
)

// measurements are the names that --only takes.
var measurements = []string{"index", "reload", "ingest", "growth", "single", "demo", "why", "try", "backtest", "check"}

// bench measures the program on this machine, as ratios to limits measured in
// the same run.
func (p *program) bench() *cobra.Command {
	c := &cobra.Command{Use: "bench", Args: p.args(0),
		Short: p.say("Measure speed as ratios to the database's own limit", "测速：与数据库自身上限之比")}
	quick := c.Flags().Bool("quick", false, p.say("small sizes: a look, no measurement", "小规模试跑，不作数"))
	only := c.Flags().StringSlice("only", nil, p.say("some of: ", "只测：")+strings.Join(measurements, ", "))
	grow := c.Flags().Int("grow", 0, p.say("stored events that growth goes to (default 1,000,000)", "增长测试的事件数（默认 100 万）"))
	profile := c.Flags().String("cpu-profile", "", p.say("write a CPU profile to this file; the sender's part is labelled", "把 CPU 剖析写入此文件，发送端带标签"))
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, name := range *only {
			if !contains(measurements, name) {
				return usage("--only takes "+strings.Join(measurements, ", "), "--only 可选："+strings.Join(measurements, "、"))
			}
		}
		sizes := bench.Full
		if *quick {
			sizes = bench.Quick
		}
		if *grow > 0 {
			sizes.Grow = *grow
		}
		return bench.Profiled(*profile, func() error { return p.measure(cmd, sizes, *only) })
	}
	return c
}

// measure starts a server of its own in a directory of its own: nothing of the
// user's is touched. A MySQL database that --database names must be empty.
func (p *program) measure(cmd *cobra.Command, sizes bench.Sizes, only []string) (err error) {
	loaded, err := p.settings(cmd)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bylaw-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	loaded.DataDir, loaded.Listen, loaded.LogLevel, loaded.RateLimit = dir, "127.0.0.1:0", "error", 0
	if loaded.Origins["database"] == "default" {
		loaded.Database = "sqlite:" + filepath.Join(dir, "bylaw.db")
	}
	a, err := app.New(cmd.Context(), loaded, app.NewLog(p.err, &loaded.Settings))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(cmd.Context()))) }()
	if err := a.Start(cmd.Context()); err != nil {
		return err
	}
	report := bench.NewReport(app.Redact(loaded.Database))
	wants := func(name string) bool { return len(only) == 0 || contains(only, name) }
	if err := p.runBench(cmd.Context(), a, report, sizes, wants); err != nil {
		return err
	}
	if p.json {
		return p.printJSON(report)
	}
	return report.Print(p.out)
}

func (p *program) runBench(ctx context.Context, a *app.App, report *bench.Report, sizes bench.Sizes, wants func(string) bool) error {
	if wants("index") {
		for _, x := range []struct{ rules, goal int }{{1000, 50}, {10_000, 100}} {
			if err := report.Index(1000, x.rules, float64(x.goal)); err != nil {
				return err
			}
		}
	}
	if wants("reload") {
		if err := report.Reload(1000); err != nil {
			return err
		}
	}
	if wants("demo") {
		if err := p.benchDemo(ctx, a, report); err != nil {
			return err
		}
	}
	if wants("check") {
		if err := p.benchCheck(ctx, a, report, sizes); err != nil {
			return err
		}
	}
	if wants("why") || wants("try") || wants("backtest") {
		if err := p.benchPast(ctx, a, p.benchOf(report, sizes), wants); err != nil {
			return err
		}
	}
	if !wants("ingest") && !wants("growth") && !wants("single") {
		return nil
	}
	run, err := p.benchRun(ctx, a, report, sizes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Raw.Close()) }()
	few, err := run.Few(ctx)
	if err == nil && wants("ingest") {
		err = run.Ingest(ctx)
	}
	if err == nil && wants("single") {
		err = run.Single(ctx)
	}
	if err == nil && wants("growth") {
		err = run.Growth(ctx, few)
	}
	return err
}

// demoIdle is how long the demo is left alone before its memory is read.
const demoIdle = 20 * time.Second

// benchDemo measures the demo in a folder of its own.
func (p *program) benchDemo(ctx context.Context, a *app.App, report *bench.Report) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return report.Demo(ctx, program, filepath.Join(a.Settings.DataDir, "demo"), demoIdle)
}

// benchRun prepares the server: a token, the load's types and its 1,000 rules.
func (p *program) benchRun(ctx context.Context, a *app.App, report *bench.Report, sizes bench.Sizes) (*bench.Run, error) {
	token, secret, err := app.NewToken(app.DefaultWorkspace, "bench", auth.Owner)
	if err != nil {
		return nil, err
	}
	if err := a.Tokens.AddToken(ctx, token); err != nil {
		return nil, err
	}
	run := p.benchOf(report, sizes)
	run.Load = bench.NewLoad(20_000, 1000)
	run.Client = bench.NewClient(strings.TrimSuffix(a.URL(), "/"), secret, 16)
	run.SQLite = strings.HasPrefix(a.Settings.Database, "sqlite:")
	if run.Raw, err = bench.OpenRaw(ctx, a.Settings.Database, bench.NewLoad(20_000, 0)); err != nil {
		return nil, err
	}
	writes, err := run.Load.Writes()
	if err != nil {
		return nil, err
	}
	_, err = a.Machine.Define(ctx, app.DefaultWorkspace, token.ID, engine.TimeOf(time.Now()), writes, nil)
	return run, err
}

// benchOf is a measurement that shows how far it is, without a server yet.
func (p *program) benchOf(report *bench.Report, sizes bench.Sizes) *bench.Run {
	return &bench.Run{Sizes: sizes, Report: report, Progress: func(what string, done, total int64) {
		if terminal(p.err) && !p.json {
			fmt.Fprintf(p.err, "\r%-10s %d / %d   ", what, done, total)
		}
	}}
}
