package engine

// ReasonInfo says in words why a value is unknown or something did not happen,
// and what to do next.
type ReasonInfo struct {
	Reason Reason `json:"reason"`
	// About is what the reason speaks of: value (a condition's), decision (a rule's),
	// effect (one of its effects) or delivery (a message). Several have one list.
	About []string `json:"about"`
	Title Text     `json:"title"`
	Next  Text     `json:"next"`
}

// What a reason may speak of.
const (
	aboutValue    = "value"
	aboutDecision = "decision"
	aboutEffect   = "effect"
	aboutDelivery = "delivery"
)

// Reasons for which a rule was not even asked; beside those of decision.go.
const (
	NotListening Reason = "not_listening"   // to that type of event
	NoEvent      Reason = "no_event"        // of the types that it listens to, up to that moment
	NotLiveYet   Reason = "not_live_yet"    // at that position
	IsDraft      Reason = "draft"           // never published
	NotInForce   Reason = "not_in_force"    // deleted or withdrawn then
	IsBroken     Reason = "broken"          // no longer compiles
	IsHistory    Reason = "history"         // the event was imported as history
	NotAudience  Reason = "not_in_audience" // of a schedule
	WasNotThere  Reason = "not_there"       // the member did not exist, had left or was merged
	GraceRuns    Reason = "grace"           // of a tier's hold: not yet over
	DeniedByRule Reason = "denied"          // of thresholds: another rule or this one says no
	TooLittle    Reason = "insufficient"    // a balance may not go below its floor
	TooLarge     Reason = "overflow"        // a number left the range of 64 bits
	NotLoaded    Reason = "not_loaded"      // a window's older part could not be read
)

// Reasons is the closed list of reasons, in the order in which a decision meets
// them. Nothing else is stored or shown.
var Reasons = reasonTable()

func reasonTable() []ReasonInfo {
	var all []ReasonInfo
	for _, part := range [][]ReasonInfo{askedReasons, valueReasons, stoppedReasons, deliveryReasons} {
		all = append(all, part...)
	}
	return all
}

var reasonIndex = func() map[Reason]*ReasonInfo {
	m := map[Reason]*ReasonInfo{}
	for i := range Reasons {
		m[Reasons[i].Reason] = &Reasons[i]
	}
	return m
}()

// ReasonOf finds a reason's words; ok is false for one that is not in the list.
func ReasonOf(r Reason) (ReasonInfo, bool) {
	if i := reasonIndex[r]; i != nil {
		return *i, true
	}
	return ReasonInfo{Reason: r, Title: Text{En: string(r), Zh: string(r)}}, false
}

// Words is a reason's title, the reason itself where it has none.
func (r Reason) Words() Text {
	i, _ := ReasonOf(r)
	return i.Title
}
