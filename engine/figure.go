package engine

// FigureName is what a workspace counts by the day.
type FigureName string

// What is counted. Part and Detail of a figure say of what:
const (
	EventFigure    FigureName = "events"     // events: type
	DecisionFigure FigureName = "decisions"  // stored decisions: rule, what came of it (FigureActed ...)
	EffectFigure   FigureName = "effects"    // effects that did something: kind, rule
	PointFigure    FigureName = "points"     // points: account, FigureGranted or what took them
	DeliveryFigure FigureName = "deliveries" // deliveries that ended: channel, state
	TierFigure     FigureName = "tiers"      // by how many those on a tier grew: ladder, tier
	MemberFigure   FigureName = "members"    // members who came or went: FigureJoined or FigureLeft
)

// Details of figures.
const (
	FigureActed    = "acted"    // true, and it did what it says
	FigureStopped  = "stopped"  // true, and something kept it from acting
	FigureShadow   = "shadow"   // true, of a rule that only watches
	FigureGranted  = "granted"  // points that were given
	FigureSpent    = "spent"    // points that were paid or deducted
	FigureExpired  = "expired"  // points whose time was over
	FigureReversed = "reversed" // points that were clawed back
	FigureJoined   = "joined"
	FigureLeft     = "left"
)

// MaxFigure is the most that one change moves a figure by. A sum stops growing
// far before it would leave 64 bits: a report must not stop what is reported.
const (
	MaxFigure    = 1 << 60
	MaxFigureSum = 1 << 62
)

// Figure is an amount of a local day of the workspace, counted in days since
// 1970-01-01. In Changes it is what is added; a Reader gives the sum. The day is
// that of the zone which the workspace had when it was counted.
type Figure struct {
	Name   FigureName
	Day    int32
	Part   string
	Detail string
	Amount int64
}

// FigureQuery selects figures of days in [From, To), by day, part and detail.
type FigureQuery struct {
	Name         FigureName
	From, To     int32
	Part, Detail string // empty ones do not restrict
	Limit        int    // rows at most; 0 is all
}

// AddFigure adds to a sum of figures what it still takes.
func AddFigure(sum, amount int64) int64 {
	if sum > MaxFigureSum || sum < -MaxFigureSum {
		return sum
	}
	return sum + min(max(amount, -MaxFigure), MaxFigure)
}
