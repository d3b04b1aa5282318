package outbox

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Attempt is one try to send a delivery and what came of it.
type Attempt struct {
	Receipt    engine.Receipt
	Traits     engine.ChannelTraits
	AtMostOnce bool        // the channel is configured to rather lose than repeat
	At         engine.Time // when the message was handed to the channel
	Now        engine.Time // when the answer came
	Jitter     float64     // 0 to 1
}

// Settle says what an attempt makes of a delivery, which is given as it was
// claimed. A delivery that is not being sent is answered unchanged, so that a
// final state stays final and settling twice is settling once.
//
//	delivered, accepted                     sent
//	retryable                               pending until NextAttempt
//	rate_limited                            held until Retry-After, no attempt counted
//	permanent, unsupported, policy_blocked  dead
//	gone                                    dead (and the channel is disabled)
//	auth_failed                             held, no attempt counted (and the channel pauses)
//	unknown, or anything else               pending where it may be repeated, else uncertain
//	retryable after NotAfter                expired; uncertain if an earlier attempt may have arrived
func Settle(d engine.Delivery, a Attempt) engine.Delivery {
	if d.State != engine.DeliverySending {
		return d
	}
	r := a.Receipt
	d.Because, d.Code, d.Detail = "", r.Code, r.Detail
	switch r.Outcome {
	case engine.Delivered, engine.Accepted:
		d.Attempts++
		d.State, d.SentAt, d.RemoteID = engine.DeliverySent, a.At, r.RemoteID
	case engine.Permanent, engine.Unsupported, engine.PolicyBlocked, engine.Gone:
		d.Attempts++
		d.State = engine.DeliveryDead
	case engine.AuthFailed:
		return later(d, engine.DeliveryHeld, a, a.Now.Add(downFirst))
	case engine.RateLimited:
		d = later(d, engine.DeliveryHeld, a, afterLimit(r.RetryAfter, a.Now, d.NotAfter, a.Jitter))
	case engine.Retryable:
		d.Attempts++
		d = later(d, engine.DeliveryPending, a, retryAt(&d, a))
	default:
		return doubt(d, a)
	}
	return d
}

// retryAt is the schedule's time, or the remote's where that is later.
func retryAt(d *engine.Delivery, a Attempt) engine.Time {
	at := NextAttempt(d.Attempts, a.Now, d.NotAfter, a.Jitter)
	if a.Receipt.RetryAfter > 0 {
		at = max(at, afterLimit(a.Receipt.RetryAfter, a.Now, d.NotAfter, a.Jitter))
	}
	return at
}

// later puts a delivery back into the queue, or ends it when its time is over.
func later(d engine.Delivery, state engine.DeliveryState, a Attempt, due engine.Time) engine.Delivery {
	if over(&d, a.Now) {
		return expire(d)
	}
	d.State, d.Due = state, upTo(due, d.NotAfter)
	switch a.Receipt.Outcome {
	case engine.AuthFailed:
		d.Because = engine.ChannelDown
	case engine.RateLimited:
		d.Because = engine.Quota
	}
	return d
}

// doubt settles an attempt of which nobody knows whether it arrived.
func doubt(d engine.Delivery, a Attempt) engine.Delivery {
	d.Attempts++
	if d.SentAt == 0 {
		d.SentAt = a.At
	}
	next := retryAt(&d, a)
	if over(&d, next) || !MayRepeat(&d, a.Traits, a.AtMostOnce, next) {
		d.State = engine.DeliveryUncertain
		return d
	}
	d.State, d.Due = engine.DeliveryPending, next
	return d
}

// MayRepeat is whether a delivery may be handed to a channel at a moment
// although an earlier attempt may have arrived: only where the channel still
// recognises its key, and was not asked to send at most once. What certainly
// never arrived may always go.
func MayRepeat(d *engine.Delivery, traits engine.ChannelTraits, atMostOnce bool, at engine.Time) bool {
	if d.SentAt == 0 {
		return true
	}
	if atMostOnce || !traits.Dedupes {
		return false
	}
	return traits.DedupeFor == 0 || at.Sub(d.SentAt) < traits.DedupeFor
}

// marked is whether an attempt must be on record before it is made, because
// repeating it after a crash could send a message twice.
func marked(traits engine.ChannelTraits, atMostOnce bool) bool {
	return atMostOnce || !traits.Dedupes || traits.DedupeFor > 0
}

// over is whether a delivery's time is past; NotAfter 0 is never.
func over(d *engine.Delivery, now engine.Time) bool { return d.NotAfter != 0 && now >= d.NotAfter }

// expire ends a delivery whose time is over. What held it stays as the reason;
// what may have arrived is uncertain, for expired says that it was not sent.
func expire(d engine.Delivery) engine.Delivery {
	d.State = engine.DeliveryExpired
	if d.SentAt != 0 {
		d.State = engine.DeliveryUncertain
	}
	if d.Because == "" {
		d.Because = engine.Expired
	}
	return d
}

// Final is whether a delivery waits for nothing any more; an operator may still
// replay some of those.
func Final(s engine.DeliveryState) bool {
	return !slices.Contains([]engine.DeliveryState{engine.DeliveryPending, engine.DeliveryHeld, engine.DeliverySending}, s)
}
