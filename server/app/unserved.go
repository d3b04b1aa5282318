package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/server/config"
	"github.com/bylaw-dev/bylaw/server/store"
)

// Unserved is a channel whose plugin cannot run on this server.
type Unserved struct{ Workspace, Channel, Plugin string }

// UnservedChannels lists the channels of all workspaces that are in use and whose
// plugin is neither bundled nor installed and trusted.
func UnservedChannels(ctx context.Context, s *config.Loaded, db *store.Store) ([]Unserved, error) {
	installed, err := host.Discover(s.DataDir)
	if err != nil {
		return nil, err
	}
	served := bundled(s)
	for _, i := range installed {
		if i.Trusted {
			served = append(served, i.ID)
		}
	}
	var found []Unserved
	for page := (engine.Page{}); ; {
		rows, err := db.Workspaces(ctx, page)
		if err != nil {
			return nil, err
		}
		for _, w := range rows.Items {
			used, err := channelsOf(ctx, db, w.ID)
			if err != nil {
				return nil, err
			}
			for _, c := range used {
				if !c.Disabled && !slices.Contains(served, c.Plugin) {
					found = append(found, Unserved{w.ID, c.Key, c.Plugin})
				}
			}
		}
		if page.Cursor = rows.Next; page.Cursor == "" {
			return found, nil
		}
	}
}

func channelsOf(ctx context.Context, db *store.Store, workspace string) (list []engine.ChannelDef, err error) {
	all, err := db.Reader(workspace).DefinitionsAt(ctx, 0)
	for _, d := range all {
		if d.Kind != engine.DefineChannel || d.Body == nil {
			continue
		}
		var c engine.ChannelDef
		if err := json.Unmarshal(d.Body, &c); err != nil {
			return nil, fmt.Errorf("channel %s of %s: %w", d.Key, workspace, err)
		}
		list = append(list, c)
	}
	return list, err
}
