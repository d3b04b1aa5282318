package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/catalog"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// View is a workspace's definitions and rules at one revision, ready to decide
// with. It is immutable but for Lane.Position.
type View struct {
	Lane          engine.LaneState
	Defs          *engine.Definitions
	Book          *engine.Rulebook
	Zone          *calendar.Zone // for the lane's goroutine alone; others make their own
	plan          *window.Plan
	hasPersonal   map[string]bool   // event types with personal fields
	unnamed       map[string]string // see unnamed
	memberMetrics []int             // metrics of a member that need no event to be read, one per cell
	anyShapes     map[int]bool      // shapes that count events of every type
	passive       map[string]bool   // types of what happens to a member, see catalog.Passive
	coverage      []window.Coverage // by metric: what is declared of its type
	index
}

// State gives the workspace's present view, reading without the lane. The
// caller must not use its Zone.
func (m *Machine) State(ctx context.Context, workspace string) (*View, error) {
	r := m.store.Reader(workspace)
	lane, err := r.Lane(ctx)
	if err != nil {
		return nil, err
	}
	if v := m.remembered(workspace); v != nil && v.Lane.Revision == lane.Revision {
		c := *v
		c.Lane = lane
		return &c, nil
	}
	list, err := r.DefinitionsAt(ctx, lane.Revision)
	if err != nil {
		return nil, err
	}
	v, err := m.newView(lane, list)
	if err == nil {
		m.remember(workspace, v)
	}
	return v, err
}

func (m *Machine) remembered(workspace string) *View {
	l := m.lane(workspace)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shown
}

func (m *Machine) remember(workspace string, v *View) {
	l := m.lane(workspace)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = v
}

func (m *Machine) newView(lane engine.LaneState, list []engine.Definition) (*View, error) {
	defs, err := ParseDefinitions(lane.Revision, list)
	if err != nil {
		return nil, err
	}
	loc, err := calendar.LoadZone(defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	var rules []engine.Definition
	for _, d := range list {
		if d.Kind == engine.DefineRule && d.Body != nil {
			rules = append(rules, d)
		}
	}
	book, err := m.books.Book(lane.Revision, rules, defs)
	if err != nil {
		return nil, fmt.Errorf("compile rules: %w", err)
	}
	kept := keptMetrics(book)
	plan, err := window.NewPlan(kept)
	if err != nil {
		return nil, fmt.Errorf("plan windows: %w", err)
	}
	v := &View{Lane: lane, Defs: defs, Book: book, Zone: calendar.NewZone(loc), plan: plan}
	v.index = newIndex(book.Rules)
	v.former = formerRules(book)
	v.unnamed = unnamed(personalFields(defs))
	v.memberMetrics = memberMetrics(kept, plan)
	v.lookUp(kept)
	return v, nil
}

// lookUp works out what every event would ask for otherwise.
func (v *View) lookUp(kept *engine.MetricTable) {
	v.anyShapes, v.passive, v.hasPersonal = map[int]bool{}, map[string]bool{}, map[string]bool{}
	for key, typ := range v.Defs.EventTypes {
		v.passive[key] = catalog.Passive(key)
		v.hasPersonal[key] = slices.ContainsFunc(typ.Fields, func(f engine.Field) bool { return f.Personal })
	}
	v.coverage = make([]window.Coverage, len(kept.All))
	for id, m := range kept.All {
		if m.Type == engine.AnyType {
			v.anyShapes[v.plan.MetricShape(id)] = true
		}
		if typ := v.Defs.EventTypes[m.Type]; typ != nil {
			f, _ := typ.FieldNamed(m.Field)
			v.coverage[id] = window.Coverage{From: typ.CoveredFrom, NonNegative: f.NonNegative}
		}
	}
}

// DefaultSettings hold until a workspace defines its own.
var DefaultSettings = engine.Settings{
	Zone: "Asia/Shanghai", Currency: "CNY", Lang: "zh",
	QuietFrom: "22:00", QuietTo: "08:00", CapDay: 1, CapWeek: 3, PromoShare: 30,
}

// DefaultLadder is the ladder every workspace starts with.
var DefaultLadder = engine.Ladder{Key: engine.DefaultLadder, Title: engine.Text{En: "Member tiers", Zh: "成员层级"}, Tiers: []engine.Tier{
	{Key: "onlooker", Title: engine.Text{En: "Onlooker", Zh: "旁观者"}},
	{Key: "participant", Title: engine.Text{En: "Participant", Zh: "参与者"}},
	{Key: "active", Title: engine.Text{En: "Active", Zh: "活跃者"}},
	{Key: "advocate", Title: engine.Text{En: "Advocate", Zh: "传播者"}},
	{Key: "co-leader", Title: engine.Text{En: "Co-leader", Zh: "联合意见领袖"}},
	{Key: "leader", Title: engine.Text{En: "Leader", Zh: "意见领袖"}},
}}

// ParseDefinitions reads the bodies of definitions (rules aside) and adds what
// is built in: the catalogue's event types, the default ladder, account and segments.
func ParseDefinitions(revision int64, list []engine.Definition) (*engine.Definitions, error) {
	ladder := DefaultLadder
	d := &engine.Definitions{
		Revision: revision, Settings: DefaultSettings,
		Groups: map[string]*engine.GroupDef{}, Templates: map[string]*engine.Template{},
		Ladders:  map[string]*engine.Ladder{engine.DefaultLadder: &ladder},
		Rewards:  map[string]*engine.Reward{engine.DefaultAccount: {Key: engine.DefaultAccount, Kind: "points", Title: engine.Text{En: "Points", Zh: "积分"}}},
		Channels: map[string]*engine.ChannelDef{}, EventTypes: catalog.Types(),
		Segments: builtinSegments(), Attributes: map[string]*engine.Attribute{},
	}
	for _, def := range list {
		if def.Body == nil {
			continue
		}
		if err := parseInto(d, def); err != nil {
			return nil, fmt.Errorf("definition %s %s: %w", def.Kind, def.Key, err)
		}
	}
	return d, nil
}

func parseInto(d *engine.Definitions, def engine.Definition) error {
	switch def.Kind {
	case engine.DefineSettings:
		// They are whole: quiet hours or a cap that they do not name, there are none.
		d.Settings = engine.Settings{Zone: DefaultSettings.Zone, Currency: DefaultSettings.Currency, Lang: DefaultSettings.Lang}
		return json.Unmarshal(def.Body, &d.Settings)
	case engine.DefineGroup:
		return put(d.Groups, def)
	case engine.DefineLadder:
		return put(d.Ladders, def)
	case engine.DefineReward:
		return put(d.Rewards, def)
	case engine.DefineTemplate:
		return put(d.Templates, def)
	case engine.DefineChannel:
		return put(d.Channels, def)
	case engine.DefineSegment:
		return put(d.Segments, def)
	case engine.DefineEventType:
		err := put(d.EventTypes, def)
		if err == nil {
			setKinds(d.EventTypes[def.Key].Fields)
		}
		return err
	case engine.DefineAttribute:
		err := put(d.Attributes, def)
		if err == nil {
			a := d.Attributes[def.Key]
			a.Name = def.Key
			a.Kind, _ = engine.KindNamed(a.Type)
		}
		return err
	}
	return nil
}

func setKinds(fields []engine.Field) {
	for i := range fields {
		fields[i].Kind, _ = engine.KindNamed(fields[i].Type)
	}
}

func put[T any](m map[string]*T, def engine.Definition) error {
	v := new(T)
	if err := json.Unmarshal(def.Body, v); err != nil {
		return err
	}
	m[def.Key] = v
	return nil
}

// keptMetrics is the rulebook's table without the metrics that nothing reads
// any more, in whose places others stand. What windows keep must follow from
// the rules alone: another replica does not remember the rules of the past.
func keptMetrics(book *engine.Rulebook) *engine.MetricTable {
	if book.Kept == nil {
		return book.Metrics
	}
	kept := engine.NewMetricTable()
	if len(book.Kept) == 0 {
		return kept
	}
	kept.All = make([]engine.Metric, len(book.Metrics.All))
	for i := range kept.All {
		kept.All[i] = book.Metrics.All[book.Kept[0]]
	}
	for _, id := range book.Kept {
		kept.All[id] = book.Metrics.All[id]
	}
	return kept
}

// memberMetrics picks one metric for each cell that can be read of a member
// without an event, so that all of a member's cells are loaded together.
func memberMetrics(table *engine.MetricTable, plan *window.Plan) []int {
	var out []int
	seen := map[int]bool{}
	for i, m := range table.All {
		keyed := slices.ContainsFunc(m.Filter, func(f engine.MetricFilter) bool { return f.FromEvent != "" })
		if m.Source == engine.OfMember && !keyed && !seen[plan.Slot(i)] {
			seen[plan.Slot(i)] = true
			out = append(out, i)
		}
	}
	return out
}

// personalFields lists the personal fields of all event types and attributes.
func personalFields(defs *engine.Definitions) []string {
	var out []string
	for _, t := range defs.EventTypes {
		for _, f := range t.Fields {
			if f.Personal {
				out = append(out, f.Name)
			}
		}
	}
	for key, a := range defs.Attributes {
		if a.Personal {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
