package store

import (
	"context"
	"fmt"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Options say which database to open and how.
type Options struct {
	// URL is "sqlite:path" or "mysql://user:password@host:3306/name".
	URL string
	// Instance tells this process from others that use the same database. It
	// should be random; it names transactions, so that one whose COMMIT got no
	// answer can be recognised.
	Instance string
	// Random gives numbers in [0, 1) that spread retries; nil spreads nothing.
	Random func() float64
	// Memory bounds the bytes kept about event ids and recent records of
	// workspaces that are idle; 0 is 512 MiB.
	Memory int64
	// PageCache bounds the bytes of pages that each connection to a SQLite file
	// keeps; 0 is 64 MiB.
	PageCache int64
	// generation is how many event ids make one generation; 0 is generationSize.
	generation int
	// segment is how many positions a segment of history has; 0 is segmentSize.
	segment int64
	// tail is how many events of the log's unfiled part are known; 0 is maxTail.
	tail int64
	// foldBytes is how much of the log of records is gathered; 0 is foldBytes.
	foldBytes int
}

const (
	generationSize = 1 << 17
	segmentSize    = 8192 * engine.PositionStride
	memoryKept     = 512 << 20
	pageCache      = 64 << 20
)

func (o Options) withDefaults() Options {
	if o.Random == nil {
		o.Random = func() float64 { return 0.5 }
	}
	if o.Memory == 0 {
		o.Memory = memoryKept
	}
	if o.PageCache == 0 {
		o.PageCache = pageCache
	}
	if o.generation == 0 {
		o.generation = generationSize
	}
	if o.tail == 0 {
		o.tail = maxTail
	}
	if o.segment == 0 {
		o.segment = segmentSize
	}
	if o.foldBytes == 0 {
		o.foldBytes = foldBytes
	}
	return o
}

// Open connects to a database. It neither creates nor changes tables: see
// Migrate. A database that cannot be reached is engine.CodeUnavailable.
func Open(ctx context.Context, o Options) (*Store, error) {
	o = o.withDefaults()
	where, err := parseAddress(o.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{options: o, lanes: lanes{byWorkspace: map[string]*lane{}}}
	if err := where.open(s); err != nil {
		return nil, fmt.Errorf("open database: %w", s.explain(err))
	}
	s.statements = newStatements()
	for _, db := range s.databases() {
		if err := guardQueries(db.orm); err != nil {
			return nil, err
		}
	}
	if err := s.Ping(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Ping asks whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	for _, db := range s.databases() {
		if err := db.pool.PingContext(ctx); err != nil {
			return fmt.Errorf("open database: %w", s.explain(err))
		}
	}
	return nil
}

// Close ends all connections. Transactions under way are rolled back.
func (s *Store) Close() error {
	var first error
	s.statements.close()
	for _, db := range s.databases() {
		if err := db.pool.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// retryAfter is what a caller is told while the database is down.
const retryAfter = 5 * time.Second

func unavailable(cause error) error {
	return &engine.Error{Code: engine.CodeUnavailable, RetryAfter: retryAfter, Err: cause, Message: engine.Text{
		En: "the database cannot be reached; try again in a few seconds",
		Zh: "数据库暂时无法连接，请稍后重试"}}
}
