package demo

import (
	"math"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// channel is by which members are known. No plugin reports it, so that what does
// not happen is known not to have happened.
const channel = "app"

// The groups.
const (
	groupMain   = "main"
	groupCore   = "core"
	groupSecond = "second"
	groupHeld   = "held-back"
	groupClub   = "members-club"
)

// temper is how much somebody takes part.
type temper int

const (
	quiet temper = iota
	casual
	regular
	keen
	star
)

// habits of each temper: what they do on an ordinary day, and how many times
// longer than a casual one they stay interested.
var habits = [...]struct{ talk, post, react, ask, check, patience float64 }{
	quiet:   {0.01, 0.0008, 0.4, 0.001, 0.02, 0.7},
	casual:  {0.11, 0.004, 1, 0.006, 0.10, 1},
	regular: {0.55, 0.022, 2, 0.02, 0.30, 2.2},
	keen:    {1.8, 0.064, 4, 0.04, 0.42, 5},
	star:    {4, 0.15, 6, 0.05, 0.45, 12},
}

// source is where people come from: what a newcomer from there is like and what
// getting one costs.
type source struct {
	key, outlet, kind string
	tempers           [5]float64
	early             float64 // leave within three days
	stays             float64 // days until a casual one goes silent, on average
	buys              float64 // become customers
	basket            float64 // times the usual order
	daily             float64 // spent on an ordinary day, in yuan
}

var sources = []source{
	{"wechat", "公众号“手作日历”", "placement", [5]float64{.46, .31, .17, .05, .012}, .03, 55, .24, 1.15, 260},
	{"xiaohongshu", "小红书达人合作", "placement", [5]float64{.44, .33, .17, .05, .011}, .06, 42, .21, 0.8, 310},
	{"douyin", "抖音信息流", "push", [5]float64{.66, .26, .065, .013, .002}, .16, 19, .13, 0.6, 120},
	{"friend", "老友推荐返利", "rebate", [5]float64{.33, .35, .23, .075, .02}, .05, 85, .31, 1.35, 0},
}

const (
	fromWechat = iota
	fromXiaohongshu
	fromDouyin
	fromFriend
)

// person is a member as the story knows them.
type person struct {
	key, name, city, craft string
	temper                 temper
	source                 *source
	joinDay                int
	joinAt                 engine.Time
	leaveDay               int // farAway: never
	fadeDay                int // silent from then on
	backDay                int // and back again from then on
	inviter                *person
	room                   string // of the three groups, or ""
	id                     string // as the machine named them, "" before they joined
	talk, post, check      float64
	draws                  float64 // how many friends they bring, beside others
	buyer, club, promoter  bool
	streak, lastCheck      int
	gone                   bool
}

const farAway = math.MaxInt32

func (p *person) ref() engine.MemberRef {
	return engine.MemberRef{Identity: engine.Identity{Channel: channel, ExternalID: p.key}}
}

// awake is whether somebody is there and takes part on a day.
func (p *person) awake(day int) bool {
	return !p.gone && p.joinDay <= day && (day < p.fadeDay || day >= p.backDay)
}

// present is whether somebody has joined and not left.
func (p *person) present(day int) bool { return !p.gone && p.joinDay <= day }

// born makes somebody who joins at a time.
func (w *World) born(key string, day int, at time.Time, from int) *person {
	d := w.dice
	s := &sources[from]
	p := &person{key: key, name: d.name(), city: one(d, cities), craft: one(d, crafts), source: s,
		joinDay: day, joinAt: engine.TimeOf(at), leaveDay: farAway, backDay: farAway, lastCheck: -farAway}
	p.temper = temper(d.weigh(s.tempers[:]...))
	h := habits[p.temper]
	p.talk, p.post = d.spread(h.talk), d.spread(h.post)
	if d.chance(h.check) {
		p.check = [...]float64{0.3, 0.62, 0.85, 0.985}[d.weigh(3, 3, 3, 1.2)]
	}
	p.draws = h.talk * d.heavy()
	p.buyer, p.promoter = d.chance(s.buys*[...]float64{.5, 1, 1.5, 1.9, 2}[p.temper]), d.chance(0.012)
	p.fadeDay = day + d.lifetime(s.stays*h.patience)
	switch {
	case d.chance(s.early):
		p.leaveDay, p.fadeDay = day+d.between(0, 2), day+1
	case d.chance(0.22):
		p.leaveDay = p.fadeDay + d.lifetime(20)
	case d.chance(0.1):
		p.backDay = p.fadeDay + d.between(18, 50)
	}
	return p
}

func memberKey(n int) string {
	s := strconv.Itoa(n)
	return "wx-" + "00000"[:max(0, 5-len(s))] + s
}
