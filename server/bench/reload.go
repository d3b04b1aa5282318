package bench

import (
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
)

// reloadGoal is the seconds that 1,000 rules may take to be read anew.
const reloadGoal = 1.0

// Reload measures how long a workspace's rules take from their stored bytes to
// being ready to decide with, on a server that remembers none of them; and
// beside it, how long after one of them is published.
func (r *Report) Reload(count int) error {
	list, err := NewLoad(1000, count).definitions()
	if err != nil {
		return err
	}
	var cold, cpu, warm []float64
	for range 5 {
		m := machine.New(machine.Options{Store: scratch.New(), Books: &rules.Books{}})
		begun := measure()
		v, err := m.NewView(engine.LaneState{Revision: 1}, list)
		if err != nil {
			return err
		}
		if len(v.Book.Rules) != count {
			return fmt.Errorf("%d of %d rules compile", len(v.Book.Rules), count)
		}
		wall, used := begun.since()
		begun = measure()
		if _, err := m.NewView(engine.LaneState{Revision: 2}, list); err != nil {
			return err
		}
		again, _ := begun.since()
		cold, cpu, warm = append(cold, wall.Seconds()), append(cpu, used.Seconds()), append(warm, again.Seconds())
	}
	r.add(Figure{Name: fmt.Sprintf("%d rules read anew, in seconds", count), Ratio: median(cold), Goal: fmt.Sprintf("<= %.0f", reloadGoal),
		Met: median(cold) <= reloadGoal, Detail: fmt.Sprintf("%.2f s of processor time; %.3f s where they are remembered", median(cpu), median(warm))})
	return nil
}
