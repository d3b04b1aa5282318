package cli

import (
	"context"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/bench"
)

// benchSpace makes a workspace with definitions, and a client of its owner.
func benchSpace(ctx context.Context, a *app.App, id string, writes []machine.Write) (*bench.Client, error) {
	owner, secret, err := app.NewToken(id, "bench", auth.Owner)
	if err != nil {
		return nil, err
	}
	if err := a.Workspaces.AddWorkspace(ctx, api.Workspace{ID: id, Name: id, CreatedAt: owner.CreatedAt}, owner); err != nil {
		return nil, err
	}
	if _, err := a.Machine.Define(ctx, id, owner.ID, engine.TimeOf(time.Now()), writes, nil); err != nil {
		return nil, err
	}
	return bench.NewClient(strings.TrimSuffix(a.URL(), "/"), secret, 16), nil
}

// benchCheck measures checking documents in a workspace that has what they need.
func (p *program) benchCheck(ctx context.Context, a *app.App, report *bench.Report, sizes bench.Sizes) error {
	_, needs, err := bench.Packs()
	if err != nil {
		return err
	}
	client, err := benchSpace(ctx, a, "bench-check", needs)
	if err != nil {
		return err
	}
	return report.Check(ctx, client, sizes.Checks)
}

// benchPast measures what looks at the past, in a workspace of 10,000 members
// with 1,000 rules and a year of events.
func (p *program) benchPast(ctx context.Context, a *app.App, run *bench.Run, wants func(string) bool) error {
	const space = "bench-past"
	run.InOrder = true
	run.Load = bench.NewYear(10_000, 1000, run.Sizes.Grow)
	writes, err := run.Load.Writes()
	if err != nil {
		return err
	}
	if run.Client, err = benchSpace(ctx, a, space, writes); err != nil {
		return err
	}
	err = run.PublishOften(ctx)
	if err == nil && wants("why") {
		err = run.Why(ctx, a.Store.Maintain)
	}
	if err == nil && wants("try") {
		err = run.Try(ctx, a.Store.Maintain)
	}
	if err == nil && wants("backtest") {
		err = run.Backtest(ctx, a.Store.Maintain, func(id string) bool { return a.Jobs.Works(space, id) })
	}
	return err
}
