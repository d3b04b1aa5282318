package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/store"
)

// suppressions says which addresses must not be written to. Of an address only a
// hash is kept, so that a person who was erased stays suppressed and unknown.
type suppressions struct {
	store *store.Store
	now   clock
}

// The states of a suppression.
const (
	suppressed = stateOn
	lifted     = "off"
)

// suppressed address: why, and who said so.
type suppressionBody struct {
	Channel string `json:"channel"`
	Reason  string `json:"reason"`
	By      string `json:"by,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// suppressionID names an address without telling it. Mail servers may tell Ann@
// from ann@, but people who unsubscribe do not.
func suppressionID(channel, address string) string {
	sum := sha256.Sum256([]byte("suppression\x00" + channel + "\x00" + strings.ToLower(strings.TrimSpace(address))))
	return hex.EncodeToString(sum[:16])
}

// put suppresses addresses of a channel, or lifts that, with the audit row of
// whoever asked for it.
func (s suppressions) put(ctx context.Context, workspace, state string, addresses []string, body suppressionBody) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("suppress: %w", err)
	}
	audit := engine.AuditOf(ctx)
	err = s.store.Within(ctx, workspace, func(tx engine.Tx) error {
		lane := tx.Lane()
		c := &engine.Changes{Position: lane.Position, Revision: lane.Revision}
		for _, address := range addresses {
			id := suppressionID(body.Channel, address)
			c.Items = append(c.Items, engine.Item{Kind: suppression, ID: id, Owner: id, State: state, At: s.now(), Version: lane.Position, Body: raw})
		}
		if row, pending := audit.Pending(); pending {
			c.Audit = append(c.Audit, row)
		}
		return tx.Save(ctx, c)
	})
	if err == nil {
		audit.Written()
	}
	return err
}

// of gives the suppression of an address, nil when it may be written to.
func (s suppressions) of(ctx context.Context, workspace, channel, address string) (*api.Suppression, error) {
	rows, err := s.store.Reader(workspace).ListItems(ctx, engine.ItemQuery{Kind: suppression, State: suppressed,
		Owner: suppressionID(channel, address), Page: engine.Page{Limit: 1}})
	if err != nil || len(rows.Items) == 0 {
		return nil, err
	}
	var body suppressionBody
	if err := json.Unmarshal(rows.Items[0].Body, &body); err != nil {
		return nil, fmt.Errorf("read suppression: %w", err)
	}
	return &api.Suppression{Channel: channel, Reason: body.Reason, By: body.By, Detail: body.Detail, At: rows.Items[0].At}, nil
}

// Suppressions gives what holds for somebody's addresses.
func (s suppressions) Suppressions(ctx context.Context, workspace string, of []engine.Identity) ([]api.Suppression, error) {
	list := []api.Suppression{}
	for _, id := range of {
		one, err := s.of(ctx, workspace, id.Channel, id.ExternalID)
		if err != nil {
			return nil, err
		}
		if one != nil {
			list = append(list, *one)
		}
	}
	return list, nil
}

// Suppress writes no more to addresses on a channel.
func (s suppressions) Suppress(ctx context.Context, workspace string, addresses []string, x api.Suppression) error {
	return s.put(ctx, workspace, suppressed, addresses, suppressionBody{Channel: x.Channel, Reason: x.Reason, By: x.By, Detail: x.Detail})
}

// Lift lets addresses on a channel be written to again.
func (s suppressions) Lift(ctx context.Context, workspace, channel string, addresses []string) error {
	return s.put(ctx, workspace, lifted, addresses, suppressionBody{Channel: channel})
}
