package host

// serves notes that a plugin works for a workspace: from then on its lines may
// speak of that workspace's channels.
func (h *Host) serves(plugin, workspace string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.served[plugin] == nil {
		h.served[plugin] = map[string]bool{}
	}
	h.served[plugin][workspace] = true
}

// Lines are the last lines that a plugin wrote, oldest first, for one workspace.
// A plugin is one process for all workspaces, so once it has served another one
// there are none: hidden tells.
func (h *Host) Lines(plugin, workspace string) (lines []string, hidden bool) {
	h.mu.Lock()
	u := h.units[plugin]
	for other := range h.served[plugin] {
		hidden = hidden || other != workspace
	}
	h.mu.Unlock()
	if u == nil || hidden {
		return nil, hidden
	}
	return u.log.lines(), false
}

// State tells of one plugin.
func (h *Host) State(plugin string) PluginState { return h.state(plugin) }
