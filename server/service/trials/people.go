package trials

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// reach holds what was counted against the members that there are.
func (c *counted) reach(ctx context.Context) (Reach, error) {
	out := Reach{Basis: ByNow, Complete: c.from == 0}
	if len(c.rule.On) > 0 {
		out.Basis = ByLog
	}
	if c.from > 0 {
		out.From = c.fromAt
	}
	err := people(ctx, c.Live, func(id string) {
		out.Members++
		if c.touched[id] {
			out.Touches++
		} else if c.unknown[id] {
			out.Unknown++
		}
	})
	if out.Members > 0 {
		out.Percent = math.Round(float64(out.Touches)*1000/float64(out.Members)) / 10
	}
	return out, err
}

// people visits everybody who is a member now.
func people(ctx context.Context, r engine.Reader, visit func(id string)) error {
	p := engine.Page{Limit: reachPage}
	for {
		rows, err := r.ListRecords(ctx, engine.MemberRecord, "", p)
		if err != nil {
			return fmt.Errorf("list members: %w", err)
		}
		for _, x := range rows.Items {
			var m struct {
				LeftAt engine.Time `json:"left_at"`
				Merged string      `json:"merged_into"`
				Erased bool        `json:"erased"`
			}
			if err := json.Unmarshal(x.Body, &m); err != nil {
				return fmt.Errorf("read member: %w", err)
			}
			if m.LeftAt == 0 && m.Merged == "" && !m.Erased {
				visit(x.Key)
			}
		}
		if p.Cursor = rows.Next; rows.Next == "" {
			return nil
		}
	}
}
