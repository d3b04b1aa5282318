package store

import (
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
)

// recordVersions are what a record became in a segment: differences of position, and
// the bytes.
type recordVersions struct {
	body     []byte
	position int64
}

func (v *recordVersions) add(position int64, body []byte) {
	v.body = binary.AppendUvarint(v.body, uint64(position-v.position))
	v.position = position
	if body == nil {
		v.body = binary.AppendUvarint(v.body, 0)
		return
	}
	v.body = append(binary.AppendUvarint(v.body, uint64(len(body))+1), body...)
}

// packWorth is from how many bytes on versions are packed: they repeat each other.
const packWorth = 1024

// packed is the row: 0 and the versions, or 1 and the versions deflated.
func (v *recordVersions) packed() []byte {
	if len(v.body) >= packWorth {
		p := packers.Get().(*packer)
		defer packers.Put(p)
		p.out.Reset()
		p.out.WriteByte(1)
		p.writer.Reset(&p.out)
		_, err := p.writer.Write(v.body)
		if err == nil && p.writer.Close() == nil && p.out.Len() < len(v.body) {
			return bytes.Clone(p.out.Bytes())
		}
	}
	return append([]byte{0}, v.body...)
}

// packer is used again: one is more than half a megabyte, and a segment has
// hundreds of rows to pack.
type packer struct {
	out    bytes.Buffer
	writer *flate.Writer
}

var packers = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // its only error is a level that is none
	return &packer{writer: w}
}}

// versionAt is the newest version up to a position; not ok where there is none.
func versionAt(row []byte, position int64) (body []byte, ok bool, err error) {
	err = eachVersion(row, func(at int64, b []byte) {
		if at <= position {
			body, ok = b, true
		}
	})
	return body, ok, err
}

// eachVersion visits what a filed record became, in order.
func eachVersion(row []byte, visit func(position int64, body []byte)) (err error) {
	if len(row) == 0 {
		return errHistory
	}
	rest := row[1:]
	if row[0] == 1 {
		if rest, err = io.ReadAll(flate.NewReader(bytes.NewReader(rest))); err != nil {
			return err
		}
	}
	at := int64(0)
	for d := (pageReader{rest: rest}); len(d.rest) > 0; {
		at += d.uvarint()
		b := d.optional()
		if d.bad {
			return errHistory
		}
		visit(at, b)
	}
	return nil
}

func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// recordKey is the key of a record's rows of history.
func recordKey(kind engine.RecordKind, key string) string { return filedKey(recordTag(kind), key) }

func recordTag(kind engine.RecordKind) string {
	if kind == engine.MarkRecord {
		return "Rk"
	}
	return "R" + string(kind[:1])
}

// PositionAt implements engine.PastReader.
func (r *reader) PositionAt(ctx context.Context, at engine.Time) (int64, error) {
	position, err := r.positionAt(ctx, at)
	return position, r.readError("find the position of a time", err)
}

func (r *reader) positionAt(ctx context.Context, at engine.Time) (int64, error) {
	through, err := r.historyThrough(ctx)
	if err != nil {
		return 0, err
	}
	size := r.store.options.segment
	low, high := int64(0), through/size // the first segment that goes beyond the time is in (low, high+1]
	for low < high {
		middle := low + (high-low)/2 + 1
		reached, err := r.reached(ctx, middle)
		if err != nil {
			return 0, err
		}
		if reached > at {
			high = middle - 1
		} else {
			low = middle
		}
	}
	for q := (engine.EventQuery{After: low * size, UpTo: math.MaxInt64, From: at + 1, Limit: 256}); ; {
		page, err := r.scanEvents(ctx, &q)
		if err != nil {
			return 0, err
		}
		for i := range page {
			if !engine.PeekEvent(page[i].Body).History {
				return page[i].Position - 1, nil
			}
			q.After = page[i].Position
		}
		if len(page) < q.Limit {
			lane, err := r.laneRow(ctx)
			return lane.Position, err
		}
	}
}

// RecordsAt implements engine.PastReader.
func (r *reader) RecordsAt(ctx context.Context, position int64, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	found, err := r.recordsAt(ctx, position, keys)
	return found, r.readError("read records of the past", err)
}

func (r *reader) recordsAt(ctx context.Context, position int64, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error) {
	found := make(map[engine.RecordKey][]byte, len(keys))
	wanted := make(map[string]engine.RecordKey, len(keys))
	asked := make(map[engine.RecordKey]bool, len(keys))
	for _, k := range keys {
		wanted[recordKey(k.Kind, k.Key)], asked[k] = k, true
	}
	tail, through, err := r.unfiled(ctx, position, func(p *engine.PastRecord) bool { return asked[engine.RecordKey{Kind: p.Kind, Key: p.Key}] })
	if err != nil {
		return nil, err
	}
	for k, body := range tail {
		if body != nil {
			found[k] = body
		}
		delete(wanted, recordKey(k.Kind, k.Key))
	}
	size := r.store.options.segment
	last := (min(position, through) + size - 1) / size
	for n := int64(8); last > 0 && len(wanted) > 0; n = 64 {
		first := max(last-n, 0)
		if err := r.filedRecords(ctx, position, span{first, last, 0}, wanted, found); err != nil {
			return nil, err
		}
		last = first
	}
	return found, nil
}

// filedRecords takes out of wanted what some segments, after to upTo, know.
func (r *reader) filedRecords(ctx context.Context, position int64, s span, wanted map[string]engine.RecordKey, found map[engine.RecordKey][]byte) error {
	var segments, keys []any
	for n := s.after + 1; n <= s.upTo; n++ {
		segments = append(segments, n)
	}
	for _, key := range sortedKeys(wanted) {
		keys = append(keys, key)
	}
	segments = filledUp(segments)
	newest := map[string]int64{}
	for portion := range slices.Chunk(keys, 256) {
		portion = filledUp(slices.Clone(portion))
		text := "SELECT segment, item, body FROM past WHERE workspace = ? AND lane = 0 AND segment IN (" + marks(len(segments)) + ") AND item IN (" + marks(len(portion)) + ")"
		rows, err := r.query(ctx, text, append(slices.Clone(segments), portion...)...)
		err = each(rows, err, func(row *sql.Rows) error {
			var segment int64
			var key string
			var body []byte
			if err := row.Scan(&segment, &key, &body); err != nil {
				return err
			}
			if newest[key] > segment {
				return nil
			}
			was, ok, err := versionAt(body, position)
			if ok {
				newest[key] = segment
				if delete(found, wanted[key]); was != nil {
					found[wanted[key]] = was
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	for key := range newest {
		delete(wanted, key)
	}
	return nil
}

// ListRecordsAt implements engine.PastReader.
func (r *reader) ListRecordsAt(ctx context.Context, position int64, list engine.RecordList) ([]engine.Record, error) {
	all, err := r.listAt(ctx, position, list)
	return all, r.readError("list records of the past", err)
}

func (r *reader) listAt(ctx context.Context, position int64, list engine.RecordList) ([]engine.Record, error) {
	tail, through, err := r.unfiled(ctx, position, func(p *engine.PastRecord) bool {
		return p.Kind == list.Kind && strings.HasPrefix(p.Key, list.Prefix)
	})
	if err != nil {
		return nil, err
	}
	tag, newest := recordTag(list.Kind), map[string][]byte{}
	size := r.store.options.segment
	for n := int64(1); n <= (min(position, through)+size-1)/size; n++ {
		rows, err := r.query(ctx, "SELECT item, body FROM past WHERE workspace = ? AND lane = 0 AND segment = ? AND item >= ? AND item < ?", n, tag+list.Prefix, tag+list.Prefix+"\xff")
		err = each(rows, err, func(row *sql.Rows) error {
			var key string
			var body []byte
			if err := row.Scan(&key, &body); err != nil {
				return err
			}
			was, ok, err := versionAt(body, position)
			if ok {
				newest[key[len(tag):]] = was
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for k, body := range tail {
		newest[k.Key] = body
	}
	all := make([]engine.Record, 0, len(newest))
	for key, body := range newest {
		if body != nil {
			all = append(all, engine.Record{Kind: list.Kind, Key: key, Body: body})
		}
	}
	slices.SortFunc(all, func(a, b engine.Record) int { return cmp.Compare(a.Key, b.Key) })
	if list.Limit > 0 && len(all) > list.Limit {
		all = all[:list.Limit]
	}
	return all, nil
}

// DecisionsAt implements engine.PastReader.
func (r *reader) DecisionsAt(ctx context.Context, positions []int64) ([]engine.Decision, error) {
	found, err := r.decisionsOf(ctx, positions)
	return found, r.readError("read decisions", err)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
