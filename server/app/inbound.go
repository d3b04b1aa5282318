package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/server/api/ingest"
	"github.com/bylaw-dev/bylaw/server/store"
)

// inbound takes the events that channel plugins fetch by themselves.
type inbound struct {
	store   *store.Store
	machine *machine.Machine
	events  machine.Accepter
}

// channelCursor is the kind of item that says how far a channel was read.
const channelCursor = "channel-cursor"

// wireEvent is a plugin's event as the API takes events, so that both are read
// and checked by the same code.
type wireEvent struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	At      time.Time       `json:"at,omitzero"`
	Member  *wireMember     `json:"member,omitempty"`
	To      *wireMember     `json:"to,omitempty"`
	Group   string          `json:"group,omitempty"`
	Content string          `json:"content,omitempty"`
	Props   json.RawMessage `json:"props,omitempty"`
}

type wireMember struct {
	Channel    string `json:"channel"`
	ExternalID string `json:"external_id"`
}

// Accept makes events durable; then how far the channel was read. Should we die
// in between, they come again and their ids tell.
func (i inbound) Accept(ctx context.Context, from host.Origin, events []sdk.Event) ([]host.Rejection, error) {
	view, err := i.machine.State(ctx, from.Workspace)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"events": wire(from.Channel, events, rooms(view.Defs, from.Channel))})
	if err != nil {
		return nil, fmt.Errorf("events of channel %s: %w", from.Channel, err)
	}
	received := now()
	decoded, err := ingest.JSON(body, received)
	if err != nil {
		return nil, fmt.Errorf("events of channel %s: %w", from.Channel, err)
	}
	results, err := i.events.Accept(ctx, from.Workspace, machine.Batch{
		Source: "channel:" + from.Channel, Received: received, Show: machine.ShowMatched, Events: decoded.Events, Problems: decoded.Problems})
	if err != nil {
		return nil, err
	}
	var refused []host.Rejection
	for n := range results {
		if results[n].Status == machine.Invalid {
			refused = append(refused, host.Rejection{Index: n, Reason: reasonOf(results[n].Problems)})
		}
	}
	return refused, i.advance(ctx, from, events[len(events)-1].Cursor)
}

// rooms maps a channel's own names of its rooms to groups.
func rooms(defs *engine.Definitions, channel string) map[string]string {
	byAddress := map[string]string{}
	for key, g := range defs.Groups {
		if g.Channel == channel && g.Address != "" {
			byAddress[g.Address] = key
		}
	}
	return byAddress
}

func wire(channel string, events []sdk.Event, groups map[string]string) []wireEvent {
	member := func(id string) *wireMember {
		if id == "" {
			return nil
		}
		return &wireMember{channel, id}
	}
	out := make([]wireEvent, len(events))
	for n, e := range events {
		group := e.Group
		if key, known := groups[group]; known {
			group = key
		}
		out[n] = wireEvent{ID: e.ID, Type: e.Type, At: e.At, Member: member(e.Member), To: member(e.To), Group: group, Content: e.Content, Props: e.Props}
	}
	return out
}

func reasonOf(problems []engine.Problem) string {
	if len(problems) == 0 {
		return "the event is invalid"
	}
	return problems[0].Path + " " + problems[0].Message.En
}

func (i inbound) advance(ctx context.Context, from host.Origin, cursor string) error {
	if cursor == "" {
		return nil
	}
	return keepItem(ctx, i.store, from.Workspace, engine.Item{Kind: channelCursor, ID: from.Channel, Owner: from.Channel, State: "read", At: now(), Body: []byte(cursor)})
}

// Cursor is that of the channel's last accepted event.
func (i inbound) Cursor(ctx context.Context, workspace, channel string) (string, error) {
	rows, err := i.store.Reader(workspace).ListItems(ctx, engine.ItemQuery{Kind: channelCursor, Owner: channel, Page: engine.Page{Limit: 1}})
	if err != nil || len(rows.Items) == 0 {
		return "", err
	}
	return string(rows.Items[0].Body), nil
}
