package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/outbox"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/store"
)

// facts answers what the outbox asks before it sends, read anew each time.
type facts struct {
	store    *store.Store
	machine  *machine.Machine
	channels channelsPort
	log      *slog.Logger
}

// Kinds of item that say what stops messages.
const (
	channelState = "channel-state" // ID is the channel's key
	suppression  = "suppression"   // ID and owner are those of suppressionID
	stateOn      = "on"
)

// Definitions are the workspace's newest.
func (f facts) Definitions(ctx context.Context, workspace string) (*engine.Definitions, error) {
	view, err := f.machine.State(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return view.Defs, nil
}

// Members gives members by the ids asked for, following merges.
func (f facts) Members(ctx context.Context, workspace string, ids []string) (map[string]*engine.Member, error) {
	now := make(map[string]string, len(ids)) // asked id -> whom it leads to so far
	for _, id := range ids {
		now[id] = id
	}
	found := map[string]*engine.Member{}
	for range 9 { // a chain of merges is short; a circle would be a fault
		if err := f.read(ctx, workspace, now, found); err != nil {
			return nil, err
		}
		moved := false
		for id, at := range now {
			if m := found[at]; m != nil && m.MergedInto != "" {
				now[id], moved = m.MergedInto, true
			}
		}
		if !moved {
			break
		}
	}
	out := make(map[string]*engine.Member, len(ids))
	for id, at := range now {
		if m := found[at]; m != nil && m.MergedInto == "" {
			out[id] = m
		}
	}
	return out, nil
}

// read loads the members that are wanted and not there yet.
func (f facts) read(ctx context.Context, workspace string, wanted map[string]string, found map[string]*engine.Member) error {
	var keys []engine.RecordKey
	for _, id := range wanted {
		if found[id] == nil {
			keys = append(keys, engine.RecordKey{Kind: engine.MemberRecord, Key: id})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	bodies, err := f.store.Reader(workspace).Records(ctx, keys)
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	for key, body := range bodies {
		m := &engine.Member{}
		if err := json.Unmarshal(body, m); err != nil {
			return fmt.Errorf("read member %s: %w", key.Key, err)
		}
		found[key.Key] = m
	}
	return nil
}

// Users gives the active users that a target names, by login. One of before users
// could be named names operators.
func (f facts) Users(ctx context.Context, workspace string, channel *engine.ChannelDef, who string) ([]outbox.User, error) {
	all, err := Users{f.store}.ListUsers(ctx, workspace)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	if who == "" {
		who = engine.UsersOfRole + string(auth.Operator)
	}
	role, byRole := strings.CutPrefix(who, engine.UsersOfRole)
	var named []outbox.User
	for _, u := range all {
		is := byRole && u.Role.Covers(auth.Role(role)) || who == engine.UserOfLogin+u.Login || who == engine.UserOfID+u.ID
		if is && u.DisabledAt == 0 {
			named = append(named, outbox.User{ID: u.ID, Address: u.Address(channel.Key, channel.Plugin)})
		}
	}
	return named, nil
}

// Suppressed says which addresses on a channel must not be written to.
func (f facts) Suppressed(ctx context.Context, workspace, channel string, addresses []string) (map[string]bool, error) {
	r := f.store.Reader(workspace)
	any := engine.ItemQuery{Kind: suppression, State: stateOn, Page: engine.Page{Limit: 1}}
	rows, err := r.ListItems(ctx, any)
	if err != nil || len(rows.Items) == 0 {
		return nil, err
	}
	stopped := map[string]bool{}
	for _, address := range addresses {
		one := any
		one.Owner = suppressionID(channel, address)
		rows, err := r.ListItems(ctx, one)
		if err != nil {
			return nil, err
		}
		if len(rows.Items) > 0 {
			stopped[address] = true
		}
	}
	return stopped, nil
}

// Channel is a configured channel with its secrets. One that was disabled or
// paused by what sending found out works again once its definition or a secret
// was written since.
func (f facts) Channel(ctx context.Context, workspace, key string) (outbox.Channel, error) {
	view, err := f.machine.State(ctx, workspace)
	if err != nil {
		return outbox.Channel{}, err
	}
	def := view.Defs.Channels[key]
	if def == nil {
		return outbox.Channel{}, engine.NotFound("channel", key)
	}
	c, err := f.channels.configured(ctx, workspace, def)
	if err != nil {
		return outbox.Channel{}, err
	}
	down, err := f.down(ctx, workspace, key, c.Revision)
	return outbox.Channel{Config: c, Down: down}, err
}

// stopped is what is kept of a channel that stopped.
type stopped struct {
	Revision int64  `json:"revision"` // of the channel's definition then
	Code     string `json:"code,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

func (f facts) down(ctx context.Context, workspace, key string, revision int64) (string, error) {
	rows, err := f.store.Reader(workspace).ListItems(ctx, engine.ItemQuery{Kind: channelState, Owner: key, Page: engine.Page{Limit: 1}})
	if err != nil || len(rows.Items) == 0 {
		return "", err
	}
	var s stopped
	if err := json.Unmarshal(rows.Items[0].Body, &s); err != nil {
		return "", fmt.Errorf("state of channel %s: %w", key, err)
	}
	if s.Revision < revision {
		return "", nil
	}
	return rows.Items[0].State + ": " + s.Detail, nil
}

// ChannelChanged records what sending found out about a channel: what stops it
// until somebody mends it is kept for all replicas and for the operator; rests
// end by themselves and are only logged.
func (f facts) ChannelChanged(ctx context.Context, c outbox.ChannelChange) error {
	attrs := []any{"workspace", c.Workspace, "channel", c.Channel, "state", string(c.State), "code", c.Code, "detail", c.Detail}
	if c.State == outbox.ChannelWorking {
		f.log.Info("channel works again", attrs...)
		return nil
	}
	f.log.Warn("channel stopped", attrs...)
	if c.State == outbox.ChannelResting {
		return nil
	}
	versions, err := f.store.Reader(c.Workspace).DefinitionVersions(ctx, engine.DefineChannel, c.Channel)
	if err != nil || len(versions) == 0 {
		return err
	}
	body, err := json.Marshal(stopped{versions[0].Revision, c.Code, c.Detail})
	if err != nil {
		return err
	}
	return keepItem(ctx, f.store, c.Workspace, engine.Item{Kind: channelState, ID: c.Channel, Owner: c.Channel, State: string(c.State), At: c.At, Body: body})
}

// keepItem writes what the shell remembers of a workspace; no rule sees it, so
// it moves neither position nor revision.
func keepItem(ctx context.Context, db *store.Store, workspace string, item engine.Item) error {
	err := db.Within(ctx, workspace, func(tx engine.Tx) error {
		lane := tx.Lane()
		item.Version = lane.Position
		return tx.Save(ctx, &engine.Changes{Position: lane.Position, Revision: lane.Revision, Items: []engine.Item{item}})
	})
	if err != nil {
		return fmt.Errorf("keep %s %s: %w", item.Kind, item.ID, err)
	}
	return nil
}

// asEngineError finds the error that a caller can act on.
func asEngineError(err error) *engine.Error {
	var e *engine.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
