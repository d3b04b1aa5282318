package machine

import "github.com/bylaw-dev/bylaw/engine"

// Each shows the facts of each of the members who are there, as the clock asks
// about them; who is not there, or has left, is left out. The facts hold until
// visit returns.
func (r *Rehearsal) Each(ids []string, visit func(*engine.Facts) error) error {
	t := r.t
	if err := t.preloadMembers(ids); err != nil {
		return err
	}
	for _, id := range ids {
		m, err := t.present(id)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		t.setFacts(&occasion{event: clockEvent(r.o.event, ""), member: m, clock: true}, r.q.Now)
		if err := visit(&t.facts); err != nil {
			return err
		}
		if t.reader.err != nil {
			return t.reader.err
		}
	}
	return nil
}
