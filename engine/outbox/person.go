package outbox

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

const (
	noConsent   = "the member said no to being messaged"
	notAsked    = "the member never said yes to being messaged"
	capDay      = "the member had the promotional messages of their day"
	capWeek     = "the member had the promotional messages of 7 days"
	capInFlight = "another promotional message to the member is on its way"
	capMidnight = "the member's day changed just now"
)

// personal is whether a message is for one person, whatever way it takes.
func (q *Question) personal() bool { return q.Delivery.Target.Kind == engine.ToMember }

// consent: a no, to all messages or to this channel's, stops whatever is said
// elsewhere; where the workspace needs consent only a yes lets pass. Identities
// and consents go by the channel's key or by its plugin's name.
func consent(q *Question) (Verdict, bool) {
	if !q.personal() {
		return pass()
	}
	names := []string{"", q.Delivery.Channel}
	if q.Channel != nil {
		names = append(names, q.Channel.Plugin)
	}
	yes := false
	if q.Member != nil {
		for _, name := range names {
			said, ok := q.Member.Consent[name]
			if ok && !said.Given {
				return drop(engine.NoConsent, noConsent)
			}
			yes = yes || ok
		}
	}
	if q.Settings.NeedsConsent && !yes {
		return drop(engine.NoConsent, notAsked)
	}
	return pass()
}

// suppression: nothing goes to or speaks of somebody who was erased; nothing
// goes to somebody who left, or to an address that must not be written to.
func suppression(q *Question) (Verdict, bool) {
	switch {
	case q.Member != nil && q.Member.Erased:
		return drop(engine.Suppressed, "the member was erased")
	case q.Suppressed:
		return drop(engine.Suppressed, "this address is suppressed")
	case !q.personal():
		return pass()
	case q.Gone:
		return drop(engine.Suppressed, "there is no such member any more")
	case q.Member != nil && q.Member.LeftAt != 0:
		return drop(engine.Suppressed, "the member left")
	}
	return pass()
}

// quiet: people and groups are left alone in quiet hours by their own wall
// clock. What was held goes out spread over up to 10 minutes after their end;
// less where the next quiet hours or the message's own end are nearer.
func quiet(q *Question) (Verdict, bool) {
	if !q.personal() && q.Delivery.Target.Kind != engine.ToGroup {
		return pass()
	}
	hours, set := quietHours(&q.Settings)
	if !set {
		return pass()
	}
	end, isQuiet := hours.Until(q.Now.Std(), q.Zone)
	if !isQuiet {
		return pass()
	}
	awake := time.Duration((int(hours.From)-int(hours.To)+24*60)%(24*60)) * time.Minute
	room := min(spreadMax, awake/2)
	until := engine.TimeOf(end)
	if last := q.Delivery.NotAfter; last != 0 {
		room = min(room, last.Sub(until)/2)
	}
	return hold(engine.QuietHours, until.Add(spread(q.Delivery.ID, room)), "")
}

// quietHours of a workspace. Hours that cannot be read are the usual ones: a
// typing error must not wake people.
func quietHours(s *engine.Settings) (calendar.Quiet, bool) {
	if s.QuietFrom == "" && s.QuietTo == "" {
		return calendar.Quiet{}, false
	}
	hours, err := calendar.ParseQuiet(s.QuietFrom, s.QuietTo)
	if err != nil {
		hours = calendar.Quiet{From: 22 * 60, To: 8 * 60}
	}
	return hours, true
}

// capped is whether the person's caps count for this message.
func (q *Question) capped() bool {
	return q.personal() && q.Delivery.Promotes && !q.Delivery.Service && q.Delivery.Member != "" &&
		(q.Settings.CapDay > 0 || q.Settings.CapWeek > 0)
}

// personCap: a person gets so many promotional messages in a local day and in 7
// days, over all rules and channels.
//
// Messages being sent count too, and may yet fail, or be another worker's that
// waits for us as we for it. So the first time a delivery is held for moments,
// and only when it finds the cap reached again, until the person's next day.
func personCap(q *Question) (Verdict, bool) {
	if !q.capped() {
		return pass()
	}
	today := dayStart(q.Now, q.Zone)
	day := q.Settings.CapDay > 0 && q.Sent.Day >= q.Settings.CapDay
	sevenDays := q.Settings.CapWeek > 0 && q.Sent.Week >= q.Settings.CapWeek
	switch {
	case q.Claimed < today: // others count it under yesterday
		return hold(engine.CapReached, q.Now, capMidnight)
	case !day && !sevenDays:
		return pass()
	case q.Delivery.Detail != capInFlight || q.Delivery.Because != engine.CapReached:
		return hold(engine.CapReached, q.Now.Add(15*time.Second+spread(q.Delivery.ID, 45*time.Second)), capInFlight)
	}
	detail := capWeek
	if day {
		detail = capDay
	}
	return hold(engine.CapReached, nextDay(q.Now, q.Zone).Add(spread(q.Delivery.ID, spreadMax)), detail)
}

// ZoneFor is the clock that counts for a delivery: the member's for a person,
// the workspace's for a group; one that is unknown is the workspace's.
func ZoneFor(d *engine.Delivery, m *engine.Member, s *engine.Settings, load func(string) *time.Location) *time.Location {
	if d.Target.Kind == engine.ToMember && m != nil && m.Zone != "" {
		if loc := load(m.Zone); loc != nil {
			return loc
		}
	}
	if loc := load(s.Zone); loc != nil {
		return loc
	}
	return time.UTC
}

// dayStart is the first instant of the local day of t.
func dayStart(t engine.Time, zone *time.Location) engine.Time {
	return engine.TimeOf(calendar.DayStart(calendar.DateOf(t.Std(), zone), zone))
}

// nextDay is the first instant of the next local day.
func nextDay(t engine.Time, zone *time.Location) engine.Time {
	z := calendar.NewZone(zone)
	day := z.Day(t.Std()).AddDays(1)
	return engine.TimeOf(z.DayStart(day))
}

// weekAgo is the first instant that is less than 7 days before t.
func weekAgo(t engine.Time) engine.Time { return t.Add(-week) + 1 }
