package simulate

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Readers gives a reader of one workspace; engine.Store does.
type Readers interface {
	Reader(workspace string) engine.Reader
}

// Past opens moments of any workspace. It is safe for concurrent use.
type Past struct {
	readers Readers
	books   machine.Books

	mu   sync.Mutex
	kept map[revisionOf][]engine.Definition // definitions as read, by revision
}

type revisionOf struct {
	workspace string
	revision  int64
}

// maxKept is how many revisions are remembered as read.
const maxKept = 32

// New makes a Past. Books compiles the rules that were in force.
func New(readers Readers, books machine.Books) *Past {
	return &Past{readers: readers, books: books, kept: map[revisionOf][]engine.Definition{}}
}

// Moment says when: after everything up to a position, or up to a time. The
// zero Moment is now.
type Moment struct {
	// Position is the last event that has happened; to see what an event met, it
	// is the event's own position less 1.
	Position int64
	// At is used where Position is 0: the moment before the first event that is
	// later than it.
	At engine.Time
	// Revision of definitions and rules; 0 is the one in force then.
	Revision int64
}

// Rules says which rules are there.
type Rules struct {
	// Alone is a rulebook to use instead of the one in force: that of a draft, or
	// of one rule, so that nothing else is built. Nil: all that were in force.
	Alone *engine.Rulebook
	// Book makes the rulebook from the definitions of the moment, where it is not
	// known before. Used when Alone is nil.
	Book func(defs *engine.Definitions) (*engine.Rulebook, error)
}

// Scene is a workspace as it was at one moment. It is for one goroutine; Fork
// gives others. Nothing that happens in it is written.
type Scene struct {
	Workspace string
	Position  int64       // everything up to here has happened
	Revision  int64       // of definitions and rules
	At        engine.Time // the moment asked for; of a position, the time of its event; 0: before everything
	Now       bool        // the moment is the present

	past    *Past
	store   *store
	machine *machine.Machine
	rules   Rules
}

// Open opens a moment. Positions from which the past is not kept are
// engine.CodeInvalid.
func (p *Past) Open(ctx context.Context, workspace string, at Moment, rules Rules) (*Scene, error) {
	r := p.readers.Reader(workspace)
	lane, err := r.Lane(ctx)
	if err != nil {
		return nil, fmt.Errorf("open a moment: %w", err)
	}
	s := &Scene{Workspace: workspace, past: p, rules: rules, Position: at.Position, Revision: at.Revision, At: at.At}
	switch {
	case at.Position == 0 && at.At == 0:
		s.Position, s.Now = lane.Position, true
	case at.Position == 0:
		if s.Position, err = r.PositionAt(ctx, at.At); err != nil {
			return nil, fmt.Errorf("open a moment: %w", err)
		}
	case at.Position > lane.Position:
		s.Position = lane.Position
	}
	s.Position = max(s.Position, 0)
	if err := s.begin(ctx, r, lane); err != nil {
		return nil, fmt.Errorf("open a moment: %w", err)
	}
	return s, nil
}

func (s *Scene) begin(ctx context.Context, r engine.Reader, lane engine.LaneState) error {
	if err := kept(ctx, r, s.Position, lane); err != nil {
		return err
	}
	var err error
	if s.Revision == 0 {
		if s.Revision, err = revisionAt(ctx, r, s.Position, lane); err != nil {
			return err
		}
	}
	if s.At == 0 {
		if s.At, err = timeOf(ctx, r, s.Position); err != nil {
			return err
		}
	}
	list, err := s.past.definitions(ctx, r, s.Workspace, s.Revision)
	if err != nil {
		return err
	}
	if s.rules.Alone != nil || s.rules.Book != nil {
		list = withoutRules(list)
	}
	s.store = newStore(s, r)
	s.machine = machine.New(machine.Options{Store: s.store, Books: s.books()})
	s.store.machine = s.machine
	return s.store.seed(ctx, list)
}

// kept refuses positions from which the past is not kept.
func kept(ctx context.Context, r engine.Reader, position int64, lane engine.LaneState) error {
	key := engine.RecordKey{Kind: engine.MarkRecord, Key: machine.SinceMark}
	found, err := r.Records(ctx, []engine.RecordKey{key})
	if err != nil || lane.Position == 0 {
		return err
	}
	from, err := strconv.ParseInt(string(found[key]), 10, 64)
	if err == nil && (from == 0 || position >= from) {
		return nil
	}
	return engine.Invalid(engine.Text{En: "the past is not kept that far back", Zh: "更早的历史状态没有保存"},
		engine.Problem{Code: "past_not_kept", Path: "/at", Message: engine.Text{
			En: "this moment lies before the update from which on the past is kept", Zh: "该时刻早于开始保存历史状态的升级"}})
}

// revisionAt is the revision that was in force at a position.
func revisionAt(ctx context.Context, r engine.Reader, position int64, lane engine.LaneState) (int64, error) {
	if position >= lane.Position {
		return lane.Revision, nil
	}
	key := engine.RecordKey{Kind: engine.MarkRecord, Key: machine.RevisionMark}
	found, err := r.RecordsAt(ctx, position, []engine.RecordKey{key})
	if err != nil || found[key] == nil {
		return 0, err
	}
	return strconv.ParseInt(string(found[key]), 10, 64)
}

// timeOf is the time of the last event up to a position.
func timeOf(ctx context.Context, r engine.Reader, position int64) (engine.Time, error) {
	last, err := r.Events(ctx, engine.EventQuery{UpTo: position, Backward: true, Limit: 1})
	if err != nil || len(last) == 0 {
		return 0, err
	}
	return last[0].At, nil
}

// definitions reads those of a revision, which never change.
func (p *Past) definitions(ctx context.Context, r engine.Reader, workspace string, revision int64) ([]engine.Definition, error) {
	if revision == 0 {
		return nil, nil
	}
	k := revisionOf{workspace, revision}
	p.mu.Lock()
	list, ok := p.kept[k]
	p.mu.Unlock()
	if ok {
		return list, nil
	}
	list, err := r.DefinitionsAt(ctx, revision)
	if err != nil {
		return nil, fmt.Errorf("definitions of revision %d: %w", revision, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) >= maxKept {
		clear(p.kept)
	}
	p.kept[k] = list
	return list, nil
}

func withoutRules(list []engine.Definition) []engine.Definition {
	var out []engine.Definition
	for _, d := range list {
		if d.Kind != engine.DefineRule {
			out = append(out, d)
		}
	}
	return out
}

// books compiles what the scene's rules are.
func (s *Scene) books() machine.Books {
	if s.rules.Alone == nil && s.rules.Book == nil {
		return s.past.books
	}
	return oneBook{&s.rules}
}

// oneBook answers one rulebook at every revision.
type oneBook struct{ rules *Rules }

// Book implements machine.Books.
func (b oneBook) Book(revision int64, _ []engine.Definition, defs *engine.Definitions) (*engine.Rulebook, error) {
	from := b.rules.Alone
	if from == nil {
		made, err := b.rules.Book(defs)
		if err != nil {
			return nil, err
		}
		from, b.rules.Alone = made, made
	}
	book := *from
	book.Revision = revision
	return &book, nil
}
