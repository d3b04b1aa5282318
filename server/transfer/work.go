package transfer

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
)

// Exported is the result of an export.
type Exported struct {
	Rows int64 `json:"rows"`
	File File  `json:"file"`
}

// Exports works exports as jobs.
type Exports struct {
	Exporter
	Files Files
	Now   func() engine.Time
}

// Work writes one export. It begins anew when another worker takes it up: a
// file of the moment it was asked for cannot be continued at a later one.
func (x *Exports) Work(ctx context.Context, w *jobs.Work) (any, error) {
	var ask Ask
	if err := w.Request(&ask); err != nil {
		return nil, err
	}
	j, now := w.Job(), x.Now()
	out := &fileWriter{ctx: ctx, files: x.Files, name: FileName{j.Workspace, j.ID, j.Epoch}, expires: now.Add(KeptFor)}
	who := service.Caller{Workspace: j.Workspace, By: ask.By, Now: now, Personal: ask.Personal}
	rows, err := x.Write(ctx, who, ask, out, w.Progress)
	if err != nil {
		return nil, err
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return Exported{rows, File{fmt.Sprintf("%s.%s", ask.Noun, ask.Format), ask.Format.MediaType(), out.bytes, j.Epoch, out.expires}}, nil
}
