package outbox

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// shared is whether the group's share of promotion counts for this message.
func (q *Question) shared() bool {
	return q.Delivery.Target.Kind == engine.ToGroup && q.Delivery.Group != "" &&
		q.Delivery.Promotes && !q.Delivery.Service && q.Settings.PromoShare > 0
}

// promoShare: with this message, promotion stays within its percentage of the
// group's messages of 7 days.
func promoShare(q *Question) (Verdict, bool) {
	if !q.shared() || q.Sent.GroupAll < MinShareSample ||
		(q.Sent.GroupPromote+1)*100 <= q.Settings.PromoShare*(q.Sent.GroupAll+1) {
		return pass()
	}
	return hold(engine.PromoShare, q.Now.Add(shareAgain+spread(q.Delivery.ID, spreadMax)), "")
}

// down: a channel that is deleted, disabled, paused, resting or without its
// plugin sends nothing.
func down(q *Question) (Verdict, bool) {
	why := q.Down
	switch {
	case q.Channel == nil:
		why = "the channel doesn't exist any more"
	case q.Channel.Disabled:
		why = "the channel is disabled"
	case why == "":
		return pass()
	}
	until := q.DownUntil
	if until <= q.Now {
		wait := downFirst
		if q.Delivery.Because == engine.ChannelDown {
			wait = downAgain
		}
		until = q.Now.Add(wait)
	}
	return hold(engine.ChannelDown, until.Add(spread(q.Delivery.ID, 10*time.Second)), why)
}

// limited is whether the platform's quota counts for this message.
func (q *Question) limited() bool { return q.Channel != nil && q.Channel.PerMinute > 0 }

// quota: the platform takes so many messages a minute over this channel, or told
// us to go slow.
func quota(q *Question) (Verdict, bool) {
	if q.Limited > q.Now {
		return hold(engine.Quota, q.Limited.Add(spread(q.Delivery.ID, q.Limited.Sub(q.Now)/4)), "the remote asked for a pause")
	}
	if !q.limited() || q.Sent.Minute < q.Channel.PerMinute {
		return pass()
	}
	until := q.Slot
	if until <= q.Now {
		until = q.Now.Add(quotaAgain)
	}
	return hold(engine.Quota, until, "")
}

// minuteAgo is the first instant that is less than a minute before t.
func minuteAgo(t engine.Time) engine.Time { return t.Add(-time.Minute) + 1 }
