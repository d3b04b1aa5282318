package enginetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// claimed claims ids in one transaction that moves the lane to the last position.
func claimed(t *testing.T, s engine.Store, workspace string, claims ...engine.EventClaim) (seen map[int]engine.Seen) {
	t.Helper()
	ctx := context.Background()
	ok(t, s.Within(ctx, workspace, func(tx engine.Tx) (err error) {
		if seen, err = tx.Claim(ctx, claims); err != nil {
			return err
		}
		c := &engine.Changes{Position: tx.Lane().Position}
		for i, claim := range claims {
			if _, dup := seen[i]; !dup {
				c.Position = claim.Position
			}
		}
		if c.Position == tx.Lane().Position {
			return nil
		}
		return tx.Save(ctx, c)
	}))
	return seen
}

func claimsRecognise(t *testing.T, s engine.Store) {
	seen := claimed(t, s, space, claimOf("a", "1", 1), claimOf("b", "1", 2), claimOf("a", "1", 3), claimOf("b", "2", 4), claimOf("c", "1", 5))
	equal(t, "duplicates within a batch", len(seen), 2)
	equal(t, "same body", seen[2], engine.Seen{Position: 1, SameBody: true})
	equal(t, "other body", seen[3], engine.Seen{Position: 2, SameBody: false})

	seen = claimed(t, s, space, claimOf("d", "1", 6), claimOf("c", "1", 7), claimOf("a", "9", 8), claimOf("e", "1", 9))
	equal(t, "duplicates of an earlier batch", len(seen), 2)
	equal(t, "same body", seen[1], engine.Seen{Position: 5, SameBody: true})
	equal(t, "other body", seen[2], engine.Seen{Position: 1, SameBody: false})

	seen = claimed(t, s, space, claimOf("a", "1", 10), claimOf("e", "1", 11))
	equal(t, "a whole batch of duplicates", len(seen), 2)
	equal(t, "of an event behind a duplicate", seen[1], engine.Seen{Position: 9, SameBody: true})
	twoClaims(t, s)
}

func twoClaims(t *testing.T, s engine.Store) {
	ctx := context.Background()
	err := s.Within(ctx, space, func(tx engine.Tx) error {
		p := tx.Lane().Position
		for i, want := range []int{0, 1} {
			seen, err := tx.Claim(ctx, []engine.EventClaim{claimOf("twice", "1", p+int64(i)+1)})
			if err != nil {
				return err
			}
			equal(t, "duplicates in a second Claim", len(seen), want)
		}
		if err := tx.Save(ctx, &engine.Changes{Position: p + 1}); err != nil {
			return err
		}
		if _, err := tx.Claim(ctx, []engine.EventClaim{claimOf("late", "1", p+2)}); err == nil {
			t.Error("a claim after Save was taken")
		}
		if err := tx.Save(ctx, &engine.Changes{Position: p + 2}); err == nil {
			t.Error("a second Save was taken")
		}
		return errStop
	})
	equal(t, "the error of fn", err, errStop)
}

// claimsRemember claims more ids than any generation of a tested store holds,
// and asks for each of them again.
func claimsRemember(t *testing.T, s engine.Store) {
	const batches, size = 40, 50
	position := int64(0)
	for b := range batches {
		var claims []engine.EventClaim
		for i := range size {
			position++
			claims = append(claims, claimOf(fmt.Sprintf("%d.%d", b, i), "x", position))
		}
		equal(t, "duplicates among new ones", len(claimed(t, s, space, claims...)), 0)
	}
	for b := range batches {
		var again []engine.EventClaim
		for i := range size {
			body := "x"
			if i%3 == 0 {
				body = "another"
			}
			again = append(again, claimOf(fmt.Sprintf("%d.%d", b, i), body, position+int64(i)+1))
		}
		seen := claimed(t, s, space, again...)
		equal(t, fmt.Sprintf("duplicates of batch %d", b), len(seen), size)
		for i := range size {
			equal(t, "what was seen", seen[i], engine.Seen{Position: int64(b*size + i + 1), SameBody: i%3 != 0})
		}
	}
}
