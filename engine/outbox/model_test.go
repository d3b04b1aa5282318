package outbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// modelZones have clocks that go on, that change at and after midnight, by half an
// hour, over the date line, and not by whole hours.
var modelZones = []string{"Asia/Shanghai", "UTC", "America/New_York", "Europe/London", "America/Havana", "America/Santiago",
	"Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Kiritimati", "America/St_Johns", "Asia/Tehran"}

// history answers SentSince by looking at every message; the rest of the store is
// not asked.
type history struct {
	engine.OutboxStore
	sent []engine.Time // promotional messages to one person
}

func (h *history) SentSince(_ context.Context, q engine.SentQuery) (all, promotional int, err error) {
	for _, at := range h.sent {
		if at >= q.Since {
			all++
		}
	}
	return all, all, nil
}

// quietByHand reads the wall clock's digits.
func quietByHand(s *engine.Settings, now time.Time) bool {
	clock := now.Format("15:04")
	if s.QuietFrom < s.QuietTo {
		return s.QuietFrom <= clock && clock < s.QuietTo
	}
	return clock >= s.QuietFrom || clock < s.QuietTo
}

// cappedByHand compares calendar dates and distances one by one.
func cappedByHand(s *engine.Settings, sent []engine.Time, now time.Time) bool {
	day, sevenDays := 0, 0
	for _, at := range sent {
		if at.Std().In(now.Location()).Format(time.DateOnly) == now.Format(time.DateOnly) {
			day++
		}
		if now.Sub(at.Std()) < 7*24*time.Hour {
			sevenDays++
		}
	}
	return s.CapDay > 0 && day >= s.CapDay || s.CapWeek > 0 && sevenDays >= s.CapWeek
}

func clockText(random *rand.Rand) string {
	return fmt.Sprintf("%02d:%02d", random.IntN(24), random.IntN(4)*15)
}

// The gate against a model that knows nothing but wall clocks and lists: nothing
// goes in quiet hours, nothing goes over a cap, and nothing else is held.
func TestGateAgainstModel(t *testing.T) {
	cases := 100_000
	if testing.Short() {
		cases = 10_000
	}
	random := rand.New(rand.NewPCG(5, 6))
	var z zones
	sends, nights, caps := 0, 0, 0
	for n := range cases {
		q := randomQuestion(random, n, &z)
		sent := randomHistory(random, q.Now)
		now := q.Now.Std().In(q.Zone)
		ward := newTally(&history{sent: sent}).ward("w")
		if err := ward.counting("w", q.Now).fill(context.Background(), &q); err != nil {
			t.Fatal(err)
		}
		v := Gate(q)
		want, because := Send, engine.Reason("")
		switch {
		case quietByHand(&q.Settings, now):
			want, because = Hold, engine.QuietHours
			nights++
		case cappedByHand(&q.Settings, sent, now):
			want, because = Hold, engine.CapReached
			caps++
		default:
			sends++
		}
		if v.Action != want || v.Because != because {
			t.Fatalf("case %d: %s, quiet %s-%s, caps %d and %d, sent %v:\n got %d %q\nwant %d %q", n, now, q.Settings.QuietFrom,
				q.Settings.QuietTo, q.Settings.CapDay, q.Settings.CapWeek, sent, v.Action, v.Because, want, because)
		}
		if v.Action == Hold {
			checkHold(t, &q, v)
		}
	}
	if min(sends, nights, caps) < cases/10 {
		t.Errorf("the cases are lopsided: %d sends, %d nights, %d caps", sends, nights, caps)
	}
}

// checkHold: held until later; for quiet hours until the first minute outside
// them or up to ten minutes more, found by stepping.
func checkHold(t *testing.T, q *Question, v Verdict) {
	t.Helper()
	if v.Until <= q.Now || v.Until.Sub(q.Now) > 49*time.Hour {
		t.Fatalf("held at %s until %s", q.Now, v.Until)
	}
	if v.Because != engine.QuietHours {
		return
	}
	end := q.Now.Std().Truncate(time.Minute).In(q.Zone)
	for quietByHand(&q.Settings, end) {
		end = end.Add(time.Minute)
	}
	if late := v.Until.Std().Sub(end); late < 0 || late >= spreadMax {
		t.Fatalf("held at %s until %s; quiet hours %s-%s end at %s", q.Now.Std().In(q.Zone), v.Until.Std().In(q.Zone), q.Settings.QuietFrom, q.Settings.QuietTo, end)
	}
}

func randomQuestion(random *rand.Rand, n int, z *zones) Question {
	name := modelZones[random.IntN(len(modelZones))]
	d := sending()
	d.ID, d.Promotes, d.NotAfter, d.Because = fmt.Sprint("dlv", n), true, 0, ""
	now := engine.TimeOf(time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC)).Add(time.Duration(random.Int64N(int64(10 * 365 * 24 * time.Hour))))
	q := Question{
		Delivery: d, Now: now, Claimed: now, Member: &engine.Member{ID: "m1", Zone: name}, Channel: &engine.ChannelDef{Key: "mail"},
		Settings: engine.Settings{Zone: "Asia/Shanghai", QuietFrom: clockText(random), QuietTo: clockText(random), CapDay: random.IntN(4), CapWeek: random.IntN(8)},
	}
	for q.Settings.QuietFrom == q.Settings.QuietTo {
		q.Settings.QuietTo = clockText(random)
	}
	q.Zone = ZoneFor(&d, q.Member, &q.Settings, z.load)
	return q
}

// randomHistory is up to eight messages in nine days, many near the edges of a day
// and of seven days.
func randomHistory(random *rand.Rand, now engine.Time) (sent []engine.Time) {
	for range random.IntN(9) {
		back := time.Duration(random.Int64N(int64(9 * 24 * time.Hour)))
		switch random.IntN(4) {
		case 0:
			back = time.Duration(random.Int64N(int64(26 * time.Hour)))
		case 1:
			back = week + time.Duration(random.IntN(3)-1)*time.Microsecond
		}
		sent = append(sent, now.Add(-back))
	}
	return sent
}
