package app

import (
	"context"

	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/store"
)

// factors keeps second factors, their secrets encrypted.
type factors struct {
	store *store.Store
	seal  *sealer
}

// factorPlace is where a secret is kept, so that it opens nowhere else.
func factorPlace(workspace, user string) string {
	return "second factor\x00" + workspace + "\x00" + user
}

// Factor gives a user's second factor.
func (f factors) Factor(ctx context.Context, workspace, user string) (auth.Factor, error) {
	kept, err := f.store.SecondFactor(ctx, workspace, user)
	if err != nil {
		return auth.Factor{}, err
	}
	secret, err := f.seal.Open(factorPlace(workspace, user), kept.Secret)
	if err != nil {
		return auth.Factor{}, err
	}
	return auth.Factor{Workspace: workspace, User: user, Secret: secret, CreatedAt: kept.CreatedAt, ConfirmedAt: kept.ConfirmedAt,
		UsedStep: kept.UsedStep, Recovery: int(kept.Recovery), Sealed: kept.Secret}, nil
}

// BeginFactor keeps one that is not confirmed.
func (f factors) BeginFactor(ctx context.Context, begun auth.Factor) error {
	sealed, err := f.seal.Seal(factorPlace(begun.Workspace, begun.User), begun.Secret)
	if err != nil {
		return err
	}
	return f.store.BeginSecondFactor(ctx, store.SecondFactor{Workspace: begun.Workspace, User: begun.User, Secret: sealed, CreatedAt: begun.CreatedAt})
}

// ConfirmFactor makes the one that was begun count.
func (f factors) ConfirmFactor(ctx context.Context, done auth.Factor, recovery []string, session string) error {
	hashes := make([][32]byte, len(recovery))
	for i, hash := range recovery {
		var err error
		if hashes[i], err = parseHash(hash); err != nil {
			return err
		}
	}
	return f.store.ConfirmSecondFactor(ctx, store.SecondFactor{Workspace: done.Workspace, User: done.User, Secret: done.Sealed,
		ConfirmedAt: done.ConfirmedAt, UsedStep: done.UsedStep}, hashes, session)
}

// UseStep marks the code of a step as used.
func (f factors) UseStep(ctx context.Context, workspace, user string, step int64) (bool, error) {
	return f.store.UseStep(ctx, workspace, user, step)
}

// UseRecovery uses a recovery code up.
func (f factors) UseRecovery(ctx context.Context, workspace, user, hash string) (bool, error) {
	sum, err := parseHash(hash)
	if err != nil {
		return false, err
	}
	return f.store.UseRecovery(ctx, workspace, user, sum)
}

// RemoveFactor removes a user's second factor.
func (f factors) RemoveFactor(ctx context.Context, workspace, user, session string) error {
	return f.store.RemoveSecondFactor(ctx, workspace, user, session)
}
