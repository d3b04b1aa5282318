package machine

// Waiting is how many submissions wait behind the one that runs.
func Waiting(m *Machine, workspace string) int {
	l := m.lane(workspace)
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}
