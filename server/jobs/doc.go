// Package jobs works long work: back-tests, imports, exports, backfills. A job is
// a row; whoever leases it works it, under an epoch that every write checks, so
// of two workers that both believe to have it one writes nothing. A worker that
// is stopped gives its job back; one that dies is followed when the lease runs
// out. Both leave the next worker what they kept (Work.Keep).
//
//	runner := jobs.New(jobs.Options{Table: store, Handlers: map[string]jobs.Handler{"import": imports.Work}, ...})
//	go runner.Run(ctx)
//	runner.Start(ctx, engine.Job{Workspace: w, ID: id, Kind: "import", Request: body, CreatedAt: now, By: token})
package jobs
