package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := calendar.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func local(t testing.TB, name, text string) engine.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", text, zone(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return engine.TimeOf(at)
}

// question is one that nothing objects to: noon in Shanghai.
func question(t testing.TB) Question {
	now := local(t, "Asia/Shanghai", "2026-01-05 12:00:00")
	d := sending()
	d.Promotes, d.NotAfter, d.Because = true, now.Add(72*time.Hour), ""
	return Question{
		Delivery: d, Now: now, Claimed: now, Zone: zone(t, "Asia/Shanghai"),
		Settings: engine.Settings{Zone: "Asia/Shanghai", QuietFrom: "22:00", QuietTo: "08:00", CapDay: 1, CapWeek: 3, PromoShare: 30},
		Member:   &engine.Member{ID: "m1"},
		Channel:  &engine.ChannelDef{Key: "mail", Plugin: "email", PerMinute: 60},
		Traits:   engine.ChannelTraits{MaxBatch: 10, Targets: []engine.TargetKind{engine.ToMember, engine.ToGroup}},
	}
}

func (q *Question) says(channel string, given bool) {
	if q.Member.Consent == nil {
		q.Member.Consent = map[string]engine.ConsentState{}
	}
	q.Member.Consent[channel] = engine.ConsentState{Given: given, At: q.Now}
}

func (q *Question) at(t testing.TB, text string) {
	q.Now = local(t, q.Zone.String(), text)
	q.Claimed = q.Now
}

func toGroup(q *Question) {
	q.Delivery.Target, q.Delivery.Group = engine.Target{Kind: engine.ToGroup, Address: "room"}, "g1"
}

func needsConsent(q *Question) { q.Settings.NeedsConsent = true }

func noAddress(q *Question) { q.Delivery.Target.Address = "" }

func TestGate(t *testing.T) {
	night := func(q *Question) { q.at(t, "2026-01-05 23:00:00") }
	endpoint := func(q *Question) { q.Traits.Targets = append(q.Traits.Targets, engine.ToWebhook) }
	heldBefore := func(q *Question) {
		q.Delivery.Because, q.Delivery.Detail = engine.CapReached, capInFlight
	}
	for _, c := range []struct {
		about   string
		changes []func(q *Question)
		action  Action
		because engine.Reason
		until   string // local, cut to the minute; ~ before it allows 10 minutes more
	}{
		{"nothing objects", nil, Send, "", ""},

		{"no to all messages", []func(*Question){func(q *Question) { q.says("", false) }}, Drop, engine.NoConsent, ""},
		{"no to this channel", []func(*Question){func(q *Question) { q.says("mail", false) }}, Drop, engine.NoConsent, ""},
		{"no by the name of the channel's plugin", []func(*Question){func(q *Question) { q.says("email", false) }}, Drop, engine.NoConsent, ""},
		{"no to another channel", []func(*Question){func(q *Question) { q.says("sms", false) }}, Send, "", ""},
		{"yes to this channel doesn't undo no to all", []func(*Question){func(q *Question) { q.says("", false); q.says("mail", true) }}, Drop, engine.NoConsent, ""},
		{"service messages need consent as well", []func(*Question){func(q *Question) { q.says("", false); q.Delivery.Service = true }}, Drop, engine.NoConsent, ""},
		{"never asked where a yes is needed", []func(*Question){needsConsent}, Drop, engine.NoConsent, ""},
		{"nobody to have said yes", []func(*Question){needsConsent, func(q *Question) { q.Member = nil; q.Delivery.Member = "" }}, Drop, engine.NoConsent, ""},
		{"a yes where one is needed", []func(*Question){needsConsent, func(q *Question) { q.says("mail", true) }}, Send, "", ""},
		{"a yes to all where one is needed", []func(*Question){needsConsent, func(q *Question) { q.says("", true) }}, Send, "", ""},
		{"a yes to another channel isn't one", []func(*Question){needsConsent, func(q *Question) { q.says("sms", true) }}, Drop, engine.NoConsent, ""},
		{"a group asks no member", []func(*Question){toGroup, needsConsent, func(q *Question) { q.says("", false) }}, Send, "", ""},

		{"erased", []func(*Question){func(q *Question) { q.Member.Erased = true }}, Drop, engine.Suppressed, ""},
		{"nobody speaks of an erased member either", []func(*Question){toGroup, func(q *Question) { q.Member.Erased = true }}, Drop, engine.Suppressed, ""},
		{"left", []func(*Question){func(q *Question) { q.Member.LeftAt = q.Now }}, Drop, engine.Suppressed, ""},
		{"a group may hear of who left", []func(*Question){toGroup, func(q *Question) { q.Member.LeftAt = q.Now }}, Send, "", ""},
		{"doesn't exist any more", []func(*Question){func(q *Question) { q.Member = nil; q.Gone = true }}, Drop, engine.Suppressed, ""},
		{"the address bounced", []func(*Question){func(q *Question) { q.Suppressed = true }}, Drop, engine.Suppressed, ""},
		{"consent is asked before suppression", []func(*Question){func(q *Question) { q.says("", false); q.Suppressed = true }}, Drop, engine.NoConsent, ""},

		{"no address", []func(*Question){noAddress}, Drop, engine.Unreachable, ""},
		{"no address, but the channel has an endpoint", []func(*Question){noAddress, endpoint}, Send, "", ""},
		{"no address and a channel that cannot say what it reaches", []func(*Question){noAddress, func(q *Question) { q.Down, q.Traits = "no plugin", engine.ChannelTraits{} }}, Hold, engine.ChannelDown, "2026-01-05 12:01"},
		{"the endpoint is still for a person: consent", []func(*Question){noAddress, endpoint, func(q *Question) { q.says("", false) }}, Drop, engine.NoConsent, ""},
		{"the endpoint is still for a person: quiet hours", []func(*Question){noAddress, endpoint, night}, Hold, engine.QuietHours, "~2026-01-06 08:00"},
		{"suppression is asked before reachability", []func(*Question){noAddress, func(q *Question) { q.Suppressed = true }}, Drop, engine.Suppressed, ""},

		{"at night", []func(*Question){night}, Hold, engine.QuietHours, "~2026-01-06 08:00"},
		{"the first moment of quiet hours", []func(*Question){func(q *Question) { q.at(t, "2026-01-05 22:00:00") }}, Hold, engine.QuietHours, "~2026-01-06 08:00"},
		{"the moment before", []func(*Question){func(q *Question) { q.at(t, "2026-01-05 21:59:59") }}, Send, "", ""},
		{"the moment they end", []func(*Question){func(q *Question) { q.at(t, "2026-01-05 08:00:00") }}, Send, "", ""},
		{"service messages wait as well", []func(*Question){night, func(q *Question) { q.Delivery.Service = true }}, Hold, engine.QuietHours, "~2026-01-06 08:00"},
		{"groups sleep too", []func(*Question){night, toGroup}, Hold, engine.QuietHours, "~2026-01-06 08:00"},
		{"machines don't", []func(*Question){night, func(q *Question) { q.Delivery.Target = engine.Target{Kind: engine.ToWebhook} }}, Send, "", ""},
		{"operators are called at any time", []func(*Question){night, func(q *Question) { q.Delivery.Target = engine.Target{Kind: engine.ToUser, Address: "u1"} }}, Send, "", ""},
		{"no quiet hours set", []func(*Question){night, func(q *Question) { q.Settings.QuietFrom, q.Settings.QuietTo = "", "" }}, Send, "", ""},
		{"half a setting is the usual hours", []func(*Question){night, func(q *Question) { q.Settings.QuietTo = "" }}, Hold, engine.QuietHours, "~2026-01-06 08:00"},
		{"nonsense is the usual hours", []func(*Question){night, func(q *Question) { q.Settings.QuietFrom = "10pm" }}, Hold, engine.QuietHours, "~2026-01-06 08:00"},
		{"another window, over noon", []func(*Question){func(q *Question) { q.Settings.QuietFrom, q.Settings.QuietTo = "11:30", "12:30" }}, Hold, engine.QuietHours, "~2026-01-05 12:30"},
		{"held to its own end when that comes first", []func(*Question){night, func(q *Question) { q.Delivery.NotAfter = q.Now.Add(time.Hour) }}, Hold, engine.QuietHours, "2026-01-06 00:00"},
		{"its time was over at night: not held", []func(*Question){night, func(q *Question) { q.Delivery.NotAfter = q.Now }}, Drop, engine.Expired, ""},
		{"quiet hours before caps", []func(*Question){night, func(q *Question) { q.Sent.Day = 9 }}, Hold, engine.QuietHours, "~2026-01-06 08:00"},

		{"had today's; another may be failing, so look again soon", []func(*Question){func(q *Question) { q.Sent.Day = 1 }}, Hold, engine.CapReached, "2026-01-05 12:00"},
		{"had today's for certain", []func(*Question){heldBefore, func(q *Question) { q.Sent.Day = 1 }}, Hold, engine.CapReached, "~2026-01-06 00:00"},
		{"had the week's for certain", []func(*Question){heldBefore, func(q *Question) { q.Sent.Week = 3 }}, Hold, engine.CapReached, "~2026-01-06 00:00"},
		{"one below both caps", []func(*Question){func(q *Question) { q.Settings.CapDay, q.Sent.Day, q.Sent.Week = 2, 1, 2 }}, Send, "", ""},
		{"claimed before the person's midnight: to be counted under today", []func(*Question){func(q *Question) { q.Claimed = q.Now.Add(-12*time.Hour - time.Microsecond) }}, Hold, engine.CapReached, "2026-01-05 12:00"},
		{"no caps set", []func(*Question){func(q *Question) { q.Settings.CapDay, q.Settings.CapWeek, q.Sent.Day = 0, 0, 50 }}, Send, "", ""},
		{"caps count promotion alone", []func(*Question){func(q *Question) { q.Sent.Day, q.Delivery.Promotes = 9, false }}, Send, "", ""},
		{"service messages bypass caps", []func(*Question){func(q *Question) { q.Sent.Day, q.Delivery.Service = 9, true }}, Send, "", ""},
		{"caps are a person's, not a group's", []func(*Question){toGroup, func(q *Question) { q.Sent.Day = 9 }}, Send, "", ""},
		{"capped when its time is over", []func(*Question){func(q *Question) { q.Sent.Day, q.Delivery.NotAfter = 1, q.Now-1 }}, Drop, engine.Expired, ""},

		{"too much promotion in the group: 5 of 12 with this", []func(*Question){toGroup, func(q *Question) { q.Sent.GroupAll, q.Sent.GroupPromote = 11, 4 }}, Hold, engine.PromoShare, "~2026-01-05 13:00"},
		{"just 30 %: 6 of 20 with this", []func(*Question){toGroup, func(q *Question) { q.Sent.GroupAll, q.Sent.GroupPromote = 19, 5 }}, Send, "", ""},
		{"just over 30 %: 6 of 19 with this", []func(*Question){toGroup, func(q *Question) { q.Sent.GroupAll, q.Sent.GroupPromote = 18, 5 }}, Hold, engine.PromoShare, "~2026-01-05 13:00"},
		{"too few messages to speak of a share", []func(*Question){toGroup, func(q *Question) { q.Sent.GroupAll, q.Sent.GroupPromote = 9, 9 }}, Send, "", ""},
		{"what doesn't promote may go", []func(*Question){toGroup, func(q *Question) { q.Sent.GroupAll, q.Sent.GroupPromote, q.Delivery.Promotes = 20, 20, false }}, Send, "", ""},
		{"no share set", []func(*Question){toGroup, func(q *Question) { q.Sent.GroupAll, q.Sent.GroupPromote, q.Settings.PromoShare = 20, 20, 0 }}, Send, "", ""},

		{"deleted channel", []func(*Question){func(q *Question) { q.Channel = nil }}, Hold, engine.ChannelDown, "2026-01-05 12:01"},
		{"disabled channel", []func(*Question){func(q *Question) { q.Channel.Disabled = true }}, Hold, engine.ChannelDown, "2026-01-05 12:01"},
		{"paused channel", []func(*Question){func(q *Question) { q.Down = "wrong password" }}, Hold, engine.ChannelDown, "2026-01-05 12:01"},
		{"still paused", []func(*Question){func(q *Question) { q.Down, q.Delivery.Because = "wrong password", engine.ChannelDown }}, Hold, engine.ChannelDown, "2026-01-05 12:05"},
		{"resting channel", []func(*Question){func(q *Question) { q.Down, q.DownUntil = "rests", q.Now.Add(20*time.Second) }}, Hold, engine.ChannelDown, "2026-01-05 12:00"},
		{"a paused channel doesn't keep what nobody may send", []func(*Question){func(q *Question) { q.Down = "wrong password"; q.says("", false) }}, Drop, engine.NoConsent, ""},
		{"paused beyond its time", []func(*Question){func(q *Question) { q.Down, q.Delivery.NotAfter = "wrong password", q.Now }}, Drop, engine.Expired, ""},

		{"quota used up", []func(*Question){func(q *Question) { q.Sent.Minute = 60 }}, Hold, engine.Quota, "2026-01-05 12:01"},
		{"quota used up, a place in the line", []func(*Question){func(q *Question) { q.Sent.Minute, q.Slot = 60, q.Now.Add(5*time.Minute) }}, Hold, engine.Quota, "2026-01-05 12:05"},
		{"one place left", []func(*Question){func(q *Question) { q.Sent.Minute = 59 }}, Send, "", ""},
		{"service messages use the quota too", []func(*Question){func(q *Question) { q.Sent.Minute, q.Delivery.Service = 60, true }}, Hold, engine.Quota, "2026-01-05 12:01"},
		{"no quota", []func(*Question){func(q *Question) { q.Sent.Minute, q.Channel.PerMinute = 1000, 0 }}, Send, "", ""},
		{"the remote asked for a pause", []func(*Question){func(q *Question) { q.Limited = q.Now.Add(40 * time.Second) }}, Hold, engine.Quota, "2026-01-05 12:00"},
		{"the pause is over", []func(*Question){func(q *Question) { q.Limited = q.Now }}, Send, "", ""},

		{"its time is over", []func(*Question){func(q *Question) { q.Delivery.NotAfter = q.Now }}, Drop, engine.Expired, ""},
		{"its last moment", []func(*Question){func(q *Question) { q.Delivery.NotAfter = q.Now + 1 }}, Send, "", ""},
		{"no end set", []func(*Question){func(q *Question) { q.Delivery.NotAfter = 0 }}, Send, "", ""},
		{"a no is worth more than the end", []func(*Question){func(q *Question) { q.Delivery.NotAfter = q.Now; q.says("", false) }}, Drop, engine.NoConsent, ""},
	} {
		q := question(t)
		for _, change := range c.changes {
			change(&q)
		}
		v := Gate(q)
		if v.Action != c.action || v.Because != c.because {
			t.Errorf("%s: %d %q, want %d %q", c.about, v.Action, v.Because, c.action, c.because)
			continue
		}
		if c.action == Hold {
			want, roughly := strings.CutPrefix(c.until, "~")
			room := time.Minute - time.Microsecond
			if roughly {
				room = spreadMax
			}
			if first := local(t, "Asia/Shanghai", want+":00"); v.Until < first || v.Until > first.Add(room) || v.Until < q.Now {
				t.Errorf("%s: until %s, want %s", c.about, v.Until.Std().In(q.Zone), c.until)
			}
		}
	}
}

func TestTargetFor(t *testing.T) {
	endpoint := engine.ChannelTraits{Targets: []engine.TargetKind{engine.ToGroup, engine.ToWebhook}}
	people := engine.ChannelTraits{Targets: []engine.TargetKind{engine.ToMember}}
	own := engine.Target{Kind: engine.ToWebhook}
	member, nobody := engine.Target{Kind: engine.ToMember, Address: "a@b"}, engine.Target{Kind: engine.ToMember}
	for _, c := range []struct {
		about  string
		target engine.Target
		traits engine.ChannelTraits
		want   engine.Target
		ok     bool
	}{
		{"an address", member, people, member, true},
		{"an address, and a channel with an endpoint", member, endpoint, member, true},
		{"no address, but an endpoint", nobody, endpoint, own, true},
		{"no address and no endpoint", nobody, people, nobody, false},
		{"an operator without an address", engine.Target{Kind: engine.ToUser}, endpoint, own, true},
		{"the endpoint itself needs no address", own, people, own, true},
	} {
		if got, ok := TargetFor(c.target, c.traits); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v %v", c.about, got, ok)
		}
	}
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		about   string
		verdict Verdict
		sentAt  engine.Time
		before  engine.Reason
		state   engine.DeliveryState
		because engine.Reason
	}{
		{"held", Verdict{Because: engine.Quota, Until: at0 + 5}, 0, "", engine.DeliveryHeld, engine.Quota},
		{"dropped", Verdict{Action: Drop, Because: engine.NoConsent}, 0, engine.QuietHours, engine.DeliveryDropped, engine.NoConsent},
		{"dropped, though an earlier try may have arrived", Verdict{Action: Drop, Because: engine.NoConsent}, at0, "", engine.DeliveryUncertain, engine.NoConsent},
		{"expired", Verdict{Action: Drop, Because: engine.Expired}, 0, "", engine.DeliveryExpired, engine.Expired},
		{"expired while it was held: what held it stays", Verdict{Action: Drop, Because: engine.Expired}, 0, engine.QuietHours, engine.DeliveryExpired, engine.QuietHours},
		{"expired, though an earlier try may have arrived", Verdict{Action: Drop, Because: engine.Expired}, at0, "", engine.DeliveryUncertain, engine.Expired},
		{"may go: nothing is written", Verdict{Action: Send}, 0, engine.QuietHours, engine.DeliverySending, engine.QuietHours},
	} {
		d := sending()
		d.SentAt, d.Because = c.sentAt, c.before
		got := Apply(d, c.verdict)
		if got.State != c.state || got.Because != c.because {
			t.Errorf("%s: %s %q", c.about, got.State, got.Because)
		}
		if c.state == engine.DeliveryHeld && got.Due != c.verdict.Until {
			t.Errorf("%s: due %s", c.about, got.Due)
		}
	}
}

func TestZoneFor(t *testing.T) {
	var z zones
	settings := &engine.Settings{Zone: "Asia/Shanghai"}
	person, group := sending(), sending()
	group.Target.Kind = engine.ToGroup
	for _, c := range []struct {
		about    string
		d        *engine.Delivery
		member   string
		settings *engine.Settings
		want     string
	}{
		{"the member's", &person, "America/New_York", settings, "America/New_York"},
		{"not said", &person, "", settings, "Asia/Shanghai"},
		{"no such zone", &person, "Mars/Olympus", settings, "Asia/Shanghai"},
		{"what only this machine knows", &person, "Local", settings, "Asia/Shanghai"},
		{"groups go by the workspace", &group, "America/New_York", settings, "Asia/Shanghai"},
		{"nothing is known", &person, "", &engine.Settings{}, "UTC"},
	} {
		for range 2 { // loaded, and remembered
			if got := ZoneFor(c.d, &engine.Member{Zone: c.member}, c.settings, z.load); got.String() != c.want {
				t.Errorf("%s: %s, want %s", c.about, got, c.want)
			}
		}
	}
	if got := ZoneFor(&person, nil, settings, z.load); got.String() != "Asia/Shanghai" {
		t.Errorf("nobody: %s", got)
	}
}

// What quiet hours held goes out over ten minutes, evenly, the same on every replica.
func TestQuietEndsGently(t *testing.T) {
	q := question(t)
	q.at(t, "2026-01-05 23:00:00")
	end := local(t, "Asia/Shanghai", "2026-01-06 08:00:00")
	var minutes [10]int
	for n := range 10_000 {
		q.Delivery.ID = fmt.Sprintf("dlv_%026x", n)
		v := Gate(q)
		if again := Gate(q); again != v {
			t.Fatalf("two answers: %+v, %+v", v, again)
		}
		minutes[v.Until.Sub(end)/time.Minute]++
	}
	if slices.Min(minutes[:]) < 850 || slices.Max(minutes[:]) > 1150 {
		t.Errorf("10,000 messages by minute: %v", minutes)
	}
}

// Between two quiet hours close to each other, and before a message's end, the
// spread shrinks: whoever is held gets out.
func TestSpreadFitsTheGap(t *testing.T) {
	q := question(t)
	q.Settings.QuietFrom, q.Settings.QuietTo = "08:04", "08:00"
	end := local(t, "Asia/Shanghai", "2026-01-06 08:00:00")
	for n := range 1000 {
		q.Delivery.ID = fmt.Sprint(n)
		q.Delivery.NotAfter = end.Add(time.Duration(n%10+1) * time.Hour)
		q.at(t, "2026-01-05 23:00:00")
		q.Now = Gate(q).Until
		q.Claimed = q.Now
		if v := Gate(q); v.Action != Send {
			t.Fatalf("held again at %s: %+v", q.Now.Std().In(q.Zone), v)
		}
	}
	q.Settings.QuietFrom, q.Settings.QuietTo = "22:00", "08:00"
	q.Delivery.NotAfter = end.Add(time.Minute)
	for n := range 1000 {
		q.Delivery.ID = fmt.Sprint(n)
		q.at(t, "2026-01-05 23:00:00")
		if v := Gate(q); v.Until < end || v.Until >= q.Delivery.NotAfter {
			t.Fatalf("held until %s, past its end", v.Until.Std().In(q.Zone))
		}
	}
}
