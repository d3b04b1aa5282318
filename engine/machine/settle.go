package machine

import "github.com/bylaw-dev/bylaw/engine"

// Settle writes what the simulation still keeps to itself. Each and Reader show
// what was settled.
func (s *Simulation) Settle() error {
	l := s.machine.lane(s.ws)
	if l.cache == nil {
		return nil
	}
	t := &turn{m: s.machine, ws: s.ws, view: l.view, cache: l.cache, sim: s}
	t.changes.Position = l.cache.position
	return t.pay()
}

// mostOwed is how many records may wait to be written, and how many windows,
// which stay opened until then.
const (
	mostOwed      = 200_000
	mostOwedCells = 25_000
)

// pay writes what earlier turns of a simulation owe. Until somebody reads the
// store nobody sees the difference, and what changes with every event, such as a
// member's newest time and windows, is written a few times and not each time.
func (t *turn) pay() error {
	if t.cache.owed() == 0 {
		return nil
	}
	var rows []engine.Record
	if err := t.records(&rows); err != nil {
		return err
	}
	t.sim.store.Write(t.ws, rows)
	return nil
}

// stored reads what is stored, without what this turn changed.
func (t *turn) stored() (engine.Reader, error) {
	if err := t.pay(); err != nil {
		return nil, err
	}
	return t.m.store.Reader(t.ws), nil
}
