package machine

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// redactReviews takes out what was said when those who are erased appealed, and
// the officers' words on it. Their moves stay.
func (t *turn) redactReviews(members []string) error {
	q := engine.ItemQuery{Kind: "review", Page: engine.Page{Limit: 1000}}
	for {
		rows, err := t.m.store.Reader(t.ws).ListItems(t.ctx, q)
		if err != nil {
			return fmt.Errorf("reviews of %v: %w", members, err)
		}
		for _, i := range rows.Items {
			if err := t.redactReview(i, members); err != nil {
				return err
			}
		}
		if q.Cursor = rows.Next; rows.Next == "" {
			return nil
		}
	}
}

func (t *turn) redactReview(i engine.Item, members []string) error {
	said := func(rev *Review) (some bool) {
		for n := range rev.Moves {
			if mv := &rev.Moves[n]; slices.Contains(members, mv.Member) && mv.Appeal+mv.Word != "" {
				mv.Appeal, mv.Word, some = "", "", true
			}
		}
		return some
	}
	var stored Review
	if err := json.Unmarshal(i.Body, &stored); err != nil || !said(&stored) {
		return err
	}
	rev, err := t.review(i.ID) // as it is by now
	if err != nil || rev == nil {
		return err
	}
	if said(rev) {
		t.saveReview(i.ID, rev)
	}
	return nil
}
