package transfer

import (
	"context"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Files keeps the files of jobs, in parts, until they expire.
type Files interface {
	PutFile(ctx context.Context, f FileName, part int64, expires engine.Time, body []byte) error
	// ReadFile gives one part; nil where there is none, or none any more.
	ReadFile(ctx context.Context, f FileName, part int64, now engine.Time) ([]byte, error)
}

// FileName names the file that one worker of a job wrote. Epoch 0 is what the
// job was given.
type FileName struct {
	Workspace, Job string
	Epoch          int64
}

// File is what a job's result says of its file.
type File struct {
	Name    string      `json:"name"`
	Type    string      `json:"type"`
	Bytes   int64       `json:"bytes"`
	Epoch   int64       `json:"epoch"`
	Expires engine.Time `json:"expires"`
}

// KeptFor is how long a job's file can be fetched.
const KeptFor = 24 * time.Hour

// partBytes is how much of a file is one row: far below what any database takes.
const partBytes = 512 << 10

// fileWriter writes a file part by part. Close it.
type fileWriter struct {
	ctx     context.Context
	files   Files
	name    FileName
	expires engine.Time
	part    int64
	bytes   int64
	buffer  []byte
}

func (w *fileWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		take := min(partBytes-len(w.buffer), len(b))
		w.buffer, b = append(w.buffer, b[:take]...), b[take:]
		if len(w.buffer) == partBytes {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
	}
	w.bytes += int64(n)
	return n, nil
}

func (w *fileWriter) flush() error {
	if len(w.buffer) == 0 {
		return nil
	}
	if err := w.files.PutFile(w.ctx, w.name, w.part, w.expires, w.buffer); err != nil {
		return err
	}
	w.part++
	w.buffer = w.buffer[:0]
	return nil
}

// Close writes what is left.
func (w *fileWriter) Close() error { return w.flush() }
