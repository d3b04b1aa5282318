package logfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

const (
	keysKept  = 200_000   // remembered for de-duplication
	keysFor   = time.Hour // what is promised of them
	tailBytes = 64 << 20  // read again at the start
	lineBytes = 16 << 20
	fileMode  = 0o600
)

// entry is one line and the message it is for.
type entry struct {
	message int
	key     string
	text    []byte
}

// file appends lines and knows the keys of the last ones.
type file struct {
	mu   sync.Mutex
	root *os.Root
	f    *os.File
	torn bool // the last line has no end: a crash, or a full disk

	seen map[uint64]bool
	ring []uint64
	next int
}

// open opens a file in a directory and nowhere else, not even through a link.
func open(dir, name string) (*file, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f, err := root.OpenFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE, fileMode)
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	l := &file{root: root, f: f, seen: map[uint64]bool{}}
	if err := l.load(); err != nil {
		_ = l.close()
		return nil, err
	}
	return l, nil
}

// load remembers the keys at the end of the file.
func (l *file) load() error {
	info, err := l.f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", info.Name())
	}
	from := max(0, info.Size()-tailBytes)
	in := bufio.NewReaderSize(io.NewSectionReader(l.f, from, info.Size()-from), 1<<20)
	for {
		text, err := in.ReadBytes('\n')
		if err == io.EOF {
			l.torn = len(text) > 0
			return nil
		}
		if err != nil {
			return err
		}
		var had struct {
			Key string `json:"key"`
		}
		if len(text) < lineBytes && json.Unmarshal(text, &had) == nil && had.Key != "" {
			l.remember(had.Key)
		}
	}
}

func hash(key string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, key)
	return h.Sum64()
}

func (l *file) remember(key string) {
	h := hash(key)
	if l.seen[h] {
		return
	}
	l.seen[h] = true
	if len(l.ring) < keysKept {
		l.ring = append(l.ring, h)
		return
	}
	delete(l.seen, l.ring[l.next])
	l.ring[l.next] = h
	l.next = (l.next + 1) % keysKept
}

// append writes what isn't in the file yet and gives a receipt for each
// message, by its number.
func (l *file) append(entries []entry) map[int]sdk.Receipt {
	l.mu.Lock()
	defer l.mu.Unlock()
	receipts := map[int]sdk.Receipt{}
	var fresh []entry
	var out bytes.Buffer
	if l.torn {
		out.WriteByte('\n')
	}
	lead := out.Len()
	batch := map[string]bool{}
	for _, e := range entries {
		receipts[e.message] = sdk.OK(e.key)
		if l.seen[hash(e.key)] || batch[e.key] {
			continue
		}
		batch[e.key] = true
		fresh = append(fresh, e)
		out.Write(e.text)
	}
	if len(fresh) == 0 {
		return receipts
	}
	n, err := l.f.Write(out.Bytes())
	l.torn = err != nil
	l.settle(fresh, receipts, n-lead, err)
	if err := l.f.Sync(); err != nil {
		for _, e := range fresh {
			receipts[e.message] = sdk.Fail(sdk.Unknown, "sync", "%v", cause(err))
		}
	}
	return receipts
}

// settle tells whole lines from those that a failing write left out.
func (l *file) settle(fresh []entry, receipts map[int]sdk.Receipt, written int, err error) {
	for _, e := range fresh {
		if written -= len(e.text); written >= 0 {
			l.remember(e.key)
			continue
		}
		receipts[e.message] = sdk.Fail(sdk.Retryable, "write", "%v", cause(err))
	}
}

// cause is what went wrong without where: whoever reads it has no business on the
// server's disk.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func (l *file) sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Sync()
}

func (l *file) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.f.Close()
	_ = l.root.Close()
	return err
}
