package outbox

import (
	"hash/fnv"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Action is what the gate says about a delivery.
type Action uint8

// The actions. The zero Action holds, so that an unset verdict sends nothing.
const (
	Hold Action = iota // look again at Until
	Send
	Drop // never
)

// Verdict is the gate's answer for one delivery at one moment.
type Verdict struct {
	Action  Action
	Because engine.Reason // why it is held or dropped
	Until   engine.Time   // when a held one is looked at again
	Target  engine.Target // where to send: the delivery's own, or the channel's endpoint
	Detail  string        // one sentence for the operator
}

// Question is all that the gate looks at for one delivery.
type Question struct {
	Delivery   engine.Delivery
	Now        engine.Time
	Claimed    engine.Time // since when the claim counts as being sent
	Settings   engine.Settings
	Zone       *time.Location     // ZoneFor the delivery
	Member     *engine.Member     // whom it is for or about; nil when there is none
	Gone       bool               // the delivery names a member who doesn't exist any more
	Nowhere    bool               // it is one user's who has no address on the channel, or is none any more
	Suppressed bool               // the address bounced, complained or was blocked by hand
	Channel    *engine.ChannelDef // nil when it was deleted
	Traits     engine.ChannelTraits
	Down       string      // why the channel cannot send now; empty when it can
	DownUntil  engine.Time // when to look at it again, 0 for the usual pause
	Sent       Counts
	Limited    engine.Time // the remote asked this channel to go slow until then
	Slot       engine.Time // when the platform's quota should have room for it
}

// Counts are the messages sent or being sent besides the one in question.
type Counts struct {
	Day, Week              int // promotional, to the person: in their local day, in 7 days
	GroupAll, GroupPromote int // to the group in 7 days
	Minute                 int // over the channel in the last minute
}

// How long a held delivery waits where nothing says until when.
const (
	spreadMax  = 10 * time.Minute // what quiet hours held goes out over this time
	downFirst  = time.Minute      // a channel that is down is looked at after this,
	downAgain  = 5 * time.Minute  // and then at this pace
	shareAgain = time.Hour        // a group's share of promotion moves slowly
	quotaAgain = time.Minute
	week       = 7 * 24 * time.Hour
)

// MinShareSample is how many messages a group must have had in 7 days before
// the share of promotion among them says anything.
const MinShareSample = 10

// Gate says whether a delivery may be sent now. The first that objects decides:
// consent, suppression, reachability, quiet hours, the person's caps, the
// group's share of promotion, the channel, its quota. Whatever would hold a
// delivery whose time is over expires it.
func Gate(q Question) Verdict {
	target, reachable := TargetFor(q.Delivery.Target, q.Traits)
	reachable = reachable && !q.Nowhere || q.Down != "" || q.Channel == nil // what the channel can reach isn't known
	checks := [...]func(*Question) (Verdict, bool){
		consent, suppression, reach(reachable), quiet, personCap, promoShare, down, quota,
	}
	for _, check := range checks {
		v, stopped := check(&q)
		if !stopped {
			continue
		}
		if v.Action == Hold && over(&q.Delivery, q.Now) {
			return expiredVerdict(&q)
		}
		v.Until = upTo(v.Until, q.Delivery.NotAfter)
		return v
	}
	if over(&q.Delivery, q.Now) {
		return expiredVerdict(&q)
	}
	return Verdict{Action: Send, Target: target}
}

func expiredVerdict(q *Question) Verdict {
	return Verdict{Action: Drop, Because: engine.Expired, Detail: "its time was over at " + q.Delivery.NotAfter.String()}
}

// Apply writes what the gate said to hold or drop into a claimed delivery; one
// that may be sent comes back as it is.
func Apply(d engine.Delivery, v Verdict) engine.Delivery {
	switch {
	case d.State != engine.DeliverySending || v.Action == Send:
		return d
	case v.Action == Drop && v.Because == engine.Expired:
		return expire(d)
	case v.Action == Hold:
		d.State, d.Due = engine.DeliveryHeld, v.Until
	case d.SentAt != 0: // an earlier attempt may have arrived
		d.State = engine.DeliveryUncertain
	default:
		d.State = engine.DeliveryDropped
	}
	d.Because, d.Detail = v.Because, v.Detail
	return d
}

func hold(why engine.Reason, until engine.Time, detail string) (Verdict, bool) {
	return Verdict{Because: why, Until: until, Detail: detail}, true
}

func drop(why engine.Reason, detail string) (Verdict, bool) {
	return Verdict{Action: Drop, Because: why, Detail: detail}, true
}

func pass() (Verdict, bool) { return Verdict{}, false }

// TargetFor is where a message goes, and whether it can. What has no address
// goes to the channel's own endpoint where the channel has one. The delivery
// keeps its own target: a message for a person stays one, whatever way it takes.
func TargetFor(t engine.Target, traits engine.ChannelTraits) (engine.Target, bool) {
	if t.Address != "" || t.Kind == engine.ToWebhook {
		return t, true
	}
	if slices.Contains(traits.Targets, engine.ToWebhook) {
		return engine.Target{Kind: engine.ToWebhook}, true
	}
	return t, false
}

func reach(reachable bool) func(*Question) (Verdict, bool) {
	return func(*Question) (Verdict, bool) {
		if reachable {
			return pass()
		}
		return drop(engine.Unreachable, "there is no address on this channel")
	}
}

// spread is a share of most that depends on nothing but the delivery, so that
// what waits for the same moment doesn't burst, and a replica answers the same.
func spread(id string, most time.Duration) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(id))
	n := h.Sum64()
	n ^= n >> 33 // FNV's high bits hardly move with the last characters
	n *= 0xff51afd7ed558ccd
	n ^= n >> 33
	return time.Duration(float64(n>>11) / (1 << 53) * float64(max(most, 0)))
}
