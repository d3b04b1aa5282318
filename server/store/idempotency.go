package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/bylaw-dev/bylaw/engine"
)

// IdempotencyKey is a caller's Idempotency-Key: unique by credential and route.
type IdempotencyKey struct {
	Workspace, Token, Key string
	Route                 [32]byte // hash of method and path
}

// IdempotencyState is what is known of a key.
type IdempotencyState int

// The states of a key.
const (
	KeyTaken    IdempotencyState = iota // by this call: do the work, then finish
	KeyInFlight                         // another call is at it: come back
	KeyAnswered                         // here is the answer
	KeyMisused                          // it came with another request before
)

// IdempotencyAnswer is a stored answer.
type IdempotencyAnswer struct {
	Status int
	Body   []byte
}

// How long keys are kept, and how long a call may be in flight before another
// may take its place.
const (
	keysKept     = 7 * 24 * time.Hour
	longestCall  = time.Minute
	maxKeyLength = 255
)

type idempotencyRow struct {
	Workspace string `gorm:"primaryKey"`
	TokenID   string `gorm:"primaryKey"`
	IdemKey   string `gorm:"primaryKey"`
	Route     []byte `gorm:"primaryKey"`
	Request   []byte
	Status    int
	Answer    []byte
	CreatedAt engine.Time `gorm:"autoCreateTime:false"`
	ExpiresAt engine.Time
}

func (idempotencyRow) TableName() string { return "idempotency" }

var idempotencyBulk = bulk{table: "idempotency", columns: []string{"token_id", "idem_key", "route", "request", "status", "created_at", "expires_at"}, keys: 4, keep: true}

const whereKey = "token_id = ? AND idem_key = ? AND route = ?"

// BeginIdempotent takes a key for a request (its hash), or tells what became of it.
func (s *Store) BeginIdempotent(ctx context.Context, k IdempotencyKey, request [32]byte, now engine.Time) (state IdempotencyState, answer IdempotencyAnswer, err error) {
	if k.Key == "" || len(k.Key) > maxKeyLength {
		return 0, answer, &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{En: "an Idempotency-Key has 1 to 255 bytes", Zh: "Idempotency-Key 应为 1 到 255 字节"}}
	}
	err = s.transact(ctx, k.Workspace, func(c scope) error {
		fresh := idempotencyBulk.rows(1)
		fresh.add(k.Workspace, 0, k.Token, k.Key, k.Route[:], request[:], 0, int64(now), int64(now.Add(keysKept)))
		// The insert is also the lock: of two calls one finds the other's row.
		if n, err := c.insertNew(ctx, fresh); err != nil || n == 1 {
			state = KeyTaken
			return err
		}
		var row idempotencyRow
		mine := c.orm(ctx).Where(whereKey, k.Token, k.Key, k.Route[:])
		if err := mine.Session(&gorm.Session{}).Clauses(forUpdate).Limit(1).Find(&row).Error; err != nil {
			return err
		}
		state, answer = row.state(request)
		if row.ExpiresAt > now && !(state == KeyInFlight && row.CreatedAt.Add(longestCall) <= now) {
			return nil
		}
		state, answer = KeyTaken, IdempotencyAnswer{} // it ran out, or its call died
		return mine.Session(&gorm.Session{}).Model(&idempotencyRow{}).
			Updates(map[string]any{"request": request[:], "status": 0, "answer": nil, "created_at": now, "expires_at": now.Add(keysKept)}).Error
	})
	return state, answer, s.failure("begin idempotent call", err)
}

func (r idempotencyRow) state(request [32]byte) (IdempotencyState, IdempotencyAnswer) {
	switch {
	case string(r.Request) != string(request[:]):
		return KeyMisused, IdempotencyAnswer{}
	case r.Status == 0:
		return KeyInFlight, IdempotencyAnswer{}
	}
	return KeyAnswered, IdempotencyAnswer{r.Status, r.Answer}
}

// FinishIdempotent stores the answer of a call that took the key.
func (s *Store) FinishIdempotent(ctx context.Context, k IdempotencyKey, a IdempotencyAnswer) error {
	done := s.inside(k.Workspace).orm(ctx).Model(&idempotencyRow{}).Where(whereKey, k.Token, k.Key, k.Route[:]).
		Updates(map[string]any{"status": a.Status, "answer": a.Body})
	return s.failure("finish idempotent call", done.Error)
}

// AbandonIdempotent frees a key whose call came to nothing, for the next try.
func (s *Store) AbandonIdempotent(ctx context.Context, k IdempotencyKey) error {
	done := s.inside(k.Workspace).orm(ctx).Where(whereKey+" AND status = 0", k.Token, k.Key, k.Route[:]).Delete(&idempotencyRow{})
	return s.failure("abandon idempotent call", done.Error)
}

// PurgeIdempotent deletes keys that ran out.
func (s *Store) PurgeIdempotent(ctx context.Context, now engine.Time) (int64, error) {
	done := s.across(ctx, s.writer, "old keys of all workspaces are deleted").Where("expires_at <= ?", now).Delete(&idempotencyRow{})
	return done.RowsAffected, s.failure("purge idempotency keys", done.Error)
}
