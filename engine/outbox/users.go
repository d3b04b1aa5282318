package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// askUsers loads the users that deliveries name, and divides what is for several
// among them; it gives back what is left to be sent.
func (b *batch) askUsers(ctx context.Context, jobs []engine.Delivery) (left []engine.Delivery, err error) {
	b.users = map[string][]User{}
	for i := range jobs {
		who := jobs[i].Target.Address
		if _, known := b.users[who]; known || jobs[i].Target.Kind != engine.ToUser || b.def == nil {
			continue
		}
		if b.users[who], err = b.o.Facts.Users(ctx, b.s.key.workspace, b.def, who); err != nil {
			return jobs, fmt.Errorf("load users: %w", err)
		}
	}
	return b.divide(ctx, jobs)
}

// divide queues a delivery for each user where one is for several: their ids come
// from its own and the user's, so that dividing it again adds nothing. It is left
// as it is where nobody has an address: the channel's own endpoint may take it.
func (b *batch) divide(ctx context.Context, jobs []engine.Delivery) (left []engine.Delivery, err error) {
	var parts, divided []engine.Delivery
	for i := range jobs {
		d := jobs[i]
		if b.down != "" || !b.several(&d) {
			left = append(left, d)
			continue
		}
		for _, u := range b.users[d.Target.Address] {
			parts = append(parts, part(d, u))
		}
		d.State, d.Because, d.Detail = engine.DeliveryDropped, engine.OneEach, ""
		divided = append(divided, d)
	}
	if len(divided) == 0 {
		return left, nil
	}
	if err := b.o.Outbox.Queue(ctx, b.s.key.workspace, parts); err != nil {
		return jobs, fmt.Errorf("queue a delivery for each user: %w", err)
	}
	b.giveBack(b.ctx, divided)
	b.Wake()
	return left, nil
}

// several is whether a delivery is still to be divided; one that may have reached
// the channel's endpoint stays one.
func (b *batch) several(d *engine.Delivery) bool {
	if d.Target.Kind != engine.ToUser || forOne(d.Target) || d.SentAt != 0 {
		return false
	}
	for _, u := range b.users[d.Target.Address] {
		if u.Address != "" {
			return true
		}
	}
	return false
}

// forOne is whether a target is one user's.
func forOne(t engine.Target) bool {
	return t.Kind == engine.ToUser && strings.HasPrefix(t.Address, engine.UserOfID)
}

func part(d engine.Delivery, u User) engine.Delivery {
	sum := sha256.Sum256([]byte(d.Workspace + "\x00" + d.ID + "\x00" + u.ID))
	d.ID = "dlv_" + hex.EncodeToString(sum[:13])
	d.Target.Address = engine.UserOfID + u.ID
	d.State, d.Because, d.Detail = engine.DeliveryPending, "", ""
	d.Attempts, d.Epoch, d.Lease, d.SentAt = 0, 0, 0, 0
	return d
}

// target is where a delivery goes now: of one for users what they have on the
// channel, which is never kept.
func (b *batch) target(d *engine.Delivery) engine.Target {
	if d.Target.Kind != engine.ToUser {
		return d.Target
	}
	t := engine.Target{Kind: engine.ToUser}
	if users := b.users[d.Target.Address]; forOne(d.Target) && len(users) == 1 {
		t.Address = users[0].Address
	}
	return t
}
