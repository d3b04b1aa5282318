package machine

// Waiting is how many submissions wait behind the one that runs.
func Waiting(m *Machine, workspace string) int {
	l := m.lane(workspace)
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// KeepOpen bounds how many windows stay opened, for a test.
func KeepOpen(n int) (restore func()) {
	open, loose := openCells, looseEntries
	openCells, looseEntries = n, n
	return func() { openCells, looseEntries = open, loose }
}

// Cached is how many windows a machine knows, and how many of them are opened.
func Cached(m *Machine, workspace string) (known, opened int) {
	c := m.lane(workspace).cache
	if c == nil {
		return 0, 0
	}
	return len(c.cells.young) + len(c.cells.packed.young.at) + len(c.cells.packed.old.at), len(c.opened)
}
