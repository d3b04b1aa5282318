package service

import (
	"context"
	"encoding/json"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules/expression"
	"github.com/bylaw-dev/bylaw/server/service/shape"
)

// Machine is what the service needs of the machine.
type Machine interface {
	machine.Accepter
	// Define writes definitions as one revision; compose may look at those in
	// force, under the workspace's lock, and fill the writes in or refuse.
	Define(ctx context.Context, workspace, by string, received engine.Time, writes []machine.Write,
		compose func(current map[machine.Named]engine.Definition, position int64, writes []machine.Write) error) (int64, error)
	// State is the workspace's definitions and rules now.
	State(ctx context.Context, workspace string) (*machine.View, error)
}

// Readers gives a reader of one workspace; engine.Store does.
type Readers interface {
	Reader(workspace string) engine.Reader
}

// Filter is a compiled condition on members.
type Filter struct {
	Condition engine.Condition
	Metrics   *engine.MetricTable // what it counts; nothing: nil or empty
}

// Text is a compiled text with holes.
type Text struct {
	// Write fills the holes in; unknown says why that cannot be.
	Write    func(f *engine.Facts) (text string, unknown engine.Reason, err error)
	Metrics  *engine.MetricTable // what it counts
	Personal bool                // a hole names a personal field
}

// Language is what the service needs of the operators' language.
type Language interface {
	// CheckRule reports every problem of a rule document.
	CheckRule(source []byte, defs *engine.Definitions) []engine.Problem
	// Text compiles a text with {{ expression }} holes; with problems it cannot be written.
	Text(text string, defs *engine.Definitions) (Text, []engine.Problem)
	// Filter compiles a condition on members.
	Filter(where string, defs *engine.Definitions) (Filter, []engine.Problem)
	// Outline reads a document's key, kind and title, as far as they can be read.
	Outline(source []byte) Outline
	// Complete lists what may be typed at a cursor, in runes, best first.
	Complete(text string, cursor int, p Place, defs *engine.Definitions) []expression.Completion
	// Vocabulary is what may be said in a workspace, as JSON for editors.
	Vocabulary(defs *engine.Definitions) any
}

// Outline is a rule document at a glance.
type Outline struct {
	Key   string
	Kind  string
	Title engine.Text
	On    []string            // event types that it listens to
	Does  []engine.EffectKind // what may follow, each once
}

// ChannelPlugins checks channels' configurations.
type ChannelPlugins interface {
	// CheckConfig reports what a plugin finds wrong with a configuration. Paths
	// begin with /config. A plugin that does not exist is a problem at /plugin.
	CheckConfig(ctx context.Context, plugin string, config json.RawMessage) ([]engine.Problem, error)
}

// Options are the parts a Service is made of.
type Options struct {
	Machine  Machine
	Books    machine.Books // compiles rules, to see what an edit would break
	Readers  Readers
	Outbox   engine.OutboxStore
	Past     *simulate.Past // opens moments of the past
	Language Language
	Plugins  ChannelPlugins
	Trials   Trials
	// BackTests finds what was back-tested; nil: nothing is.
	BackTests BackTests
	// Shapes are the structures of definitions' bodies.
	Shapes map[engine.DefinitionKind]*shape.Schema
	// NewID makes ids that nothing else has.
	NewID func() string
	Queue Queue // takes long work
	// Finished finds long work by what was asked for; nil: there is none.
	Finished Finished
	// Forget takes those who are erased out of the past; nil: there is none.
	Forget func(ctx context.Context, workspace string) error
	// Impatient begins to watch work and gives what says, by how far it is, that it
	// takes too long for somebody who waits; nil: nothing does.
	Impatient func() func(done, total int64) bool
	// Backlog counts a workspace's messages that are to go out; nil: not known.
	Backlog func(ctx context.Context, workspace string) (int64, error)
	// Aside does what no request waits for, until the server stops; rest steps aside
	// for who waits. Nil: at once.
	Aside func(work func(ctx context.Context, rest func(context.Context) error))
}

// Service groups the operations by noun.
type Service struct {
	Definitions *Definitions
	Rules       *Rules
	Members     *Members
	Groups      *Groups
	Work        *Work
	Deliveries  *Deliveries
	Backtests   *Backtests
	Backfills   *Backfills
	Why         *Why
	Near        *Near
	Reports     *Reports
	Today       *Today
}

// New makes a service.
func New(o Options) *Service {
	c := &core{Options: o}
	members := &Members{core: c}
	rules := &Rules{core: c}
	return &Service{
		Definitions: &Definitions{c}, Rules: rules, Members: members, Today: &Today{core: c, members: members, rules: rules},
		Groups: &Groups{core: c, members: members}, Work: &Work{core: c, members: members}, Deliveries: &Deliveries{c}, Backtests: &Backtests{c}, Backfills: &Backfills{c},
		Why: &Why{core: c, members: members}, Near: &Near{core: c, members: members}, Reports: &Reports{core: c},
	}
}

type core struct{ Options }

func (c *core) reader(who Caller) engine.Reader { return c.Readers.Reader(who.Workspace) }

func (c *core) state(ctx context.Context, who Caller) (*machine.View, error) {
	return c.Machine.State(ctx, who.Workspace)
}
