package app

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/store"
)

// answers remembers what was answered to requests with an Idempotency-Key.
type answers struct{ store *store.Store }

// keptAnswer is an answer as it is stored: what headers need, and the body.
type keptAnswer struct {
	Type string `json:"type,omitempty"`
	ETag string `json:"etag,omitempty"`
	Body []byte `json:"body,omitempty"`
}

// Begin claims a key, or gives the answer that it got.
func (a answers) Begin(ctx context.Context, k api.OnceKey, at engine.Time) (*api.Answer, error) {
	state, answer, err := a.store.BeginIdempotent(ctx, onceKey(k), sha256.Sum256([]byte(k.Body)), at)
	if err != nil {
		return nil, err
	}
	switch state {
	case store.KeyInFlight:
		return nil, api.ErrOnceInFlight
	case store.KeyMisused:
		return nil, api.ErrOnceOtherBody
	case store.KeyTaken:
		return nil, nil
	}
	var kept keptAnswer
	if err := json.Unmarshal(answer.Body, &kept); err != nil {
		return nil, fmt.Errorf("read stored answer: %w", err)
	}
	return &api.Answer{Status: answer.Status, Type: kept.Type, ETag: kept.ETag, Body: kept.Body}, nil
}

// Finish stores the answer.
func (a answers) Finish(ctx context.Context, k api.OnceKey, answer api.Answer) error {
	body, err := json.Marshal(keptAnswer{answer.Type, answer.ETag, answer.Body})
	if err != nil {
		return fmt.Errorf("store answer: %w", err)
	}
	return a.store.FinishIdempotent(context.WithoutCancel(ctx), onceKey(k), store.IdempotencyAnswer{Status: answer.Status, Body: body})
}

// Abandon frees a key whose request failed.
func (a answers) Abandon(ctx context.Context, k api.OnceKey) error {
	return a.store.AbandonIdempotent(context.WithoutCancel(ctx), onceKey(k))
}

func onceKey(k api.OnceKey) store.IdempotencyKey {
	return store.IdempotencyKey{Workspace: k.Workspace, Token: k.Token, Key: k.Key, Route: sha256.Sum256([]byte(k.Call))}
}
