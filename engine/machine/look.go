package machine

import "github.com/bylaw-dev/bylaw/engine"

// Candidates appends the numbers, in View.Book.Rules, of the rules that may
// match the event of facts, in order of rule key. It allocates only to grow out.
func (v *View) Candidates(out []int, f *engine.Facts) []int { return v.candidates(out, f) }

// NewView prepares definitions for deciding, as each revision of a workspace is.
func (m *Machine) NewView(lane engine.LaneState, list []engine.Definition) (*View, error) {
	return m.newView(lane, list)
}

// Prepared is the view of the transaction under way. It is for the stores that
// a machine works on, which it calls from within its transactions.
func (m *Machine) Prepared(workspace string) *View { return m.lane(workspace).view }
