package rules

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// State is where a rule is in its life.
type State string

// The states.
const (
	StateDraft   State = "draft"   // never published
	StateLive    State = "live"    //
	StatePaused  State = "paused"  // published, decides nothing for now
	StateRetired State = "retired" // put away; its history stays
)

// Stored is the body of a definition of kind rule: a draft and a live version
// side by side, so that every step of a rule's life is one write. Past versions
// are the definition's past revisions.
//
// Methods that change it work on the value they are called on and return an
// *engine.Error when the state forbids the step; nothing has changed then.
type Stored struct {
	Draft    string `json:"draft,omitempty"` // the author's bytes
	Versions int    `json:"versions"`        // the highest number ever published
	Live     *Live  `json:"live,omitempty"`
	Retired  bool   `json:"retired,omitempty"`

	Approved *Approval `json:"approved,omitempty"` // of the draft as it stands
	Reach    *Reach    `json:"reach,omitempty"`    // that was confirmed for the version in force
	Former   []Former  `json:"former,omitempty"`   // earlier versions with something under way, oldest first
	Origin   string    `json:"origin,omitempty"`   // the name of the files that provide the rule, "" for none
}

// Approval is a second person's word on a draft.
type Approval struct {
	By string      `json:"by"`
	At engine.Time `json:"at"`
}

// Reach is a number of members that a rule touches, which somebody confirmed.
type Reach struct {
	Touches int         `json:"touches"`
	Members int         `json:"members"`
	By      string      `json:"by"`
	At      engine.Time `json:"at"`
}

// Live is the version in force and how far it reaches.
type Live struct {
	Version  int    `json:"version"`
	Document string `json:"document"` // the author's bytes
	Rollout
	LiveFrom int64 `json:"live_from"` // position from which it is in force
	Paused   bool  `json:"paused,omitempty"`
}

// Rollout is for whom a version acts. Percent is 1 to 100, 0 means 100.
type Rollout struct {
	Shadow  bool `json:"shadow,omitempty"` // decides, acts on nothing
	Percent int  `json:"percent,omitempty"`
}

// ReadStored reads a definition's body.
func ReadStored(body []byte) (*Stored, error) {
	s := &Stored{}
	if err := json.Unmarshal(body, s); err != nil {
		return nil, fmt.Errorf("read stored rule: %w", err)
	}
	return s, nil
}

// Body writes the definition's body.
func (s *Stored) Body() (json.RawMessage, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write stored rule: %w", err)
	}
	return b, nil
}

// State is where the rule is in its life.
func (s *Stored) State() State {
	switch {
	case s.Retired:
		return StateRetired
	case s.Live == nil:
		return StateDraft
	case s.Live.Paused:
		return StatePaused
	}
	return StateLive
}

// Document is what an editor opens: the draft, else the live version.
func (s *Stored) Document() string {
	if s.Draft == "" && s.Live != nil {
		return s.Live.Document
	}
	return s.Draft
}

// SaveDraft keeps the author's bytes. A draft may have any problems as long as
// it is text of a bearable length. Saving the live text drops the draft.
func (s *Stored) SaveDraft(src []byte) error {
	found := &problems{}
	if !legible(newSource(string(src)), found) {
		return engine.Invalid(engine.Text{En: "the document cannot be kept", Zh: "文档无法保存"}, found.list...)
	}
	if s.Draft != string(src) {
		s.Approved = nil // it was given to other words
	}
	s.Draft, s.Retired = string(src), false
	if s.Live != nil && s.Live.Document == s.Draft {
		s.Draft = ""
	}
	return nil
}

// Publish puts the draft in force from a position as the next version, or
// changes the rollout of the live version when there is no draft. A paused rule
// goes live.
func (s *Stored) Publish(to Rollout, from int64) error {
	switch {
	case to.Percent < 0 || to.Percent > 100:
		return engine.Invalid(engine.Text{En: "the rollout is not possible", Zh: "发布范围不对"}, engine.Problem{Code: "percent", Path: "/percent",
			Message: engine.Text{En: "a percentage is 1 to 100", Zh: "百分比为 1 到 100"}})
	case s.Draft == "" && s.Live == nil:
		return engine.Conflict(engine.Text{En: "there is nothing to publish: save a draft first", Zh: "没有可发布的内容：请先保存草稿"})
	case s.Draft == "":
		live := *s.Live
		if live.Paused {
			live.LiveFrom = from
		}
		live.Rollout, live.Paused = to, false
		s.Live = &live
	default:
		s.Versions++
		s.Live = &Live{Version: s.Versions, Document: s.Draft, Rollout: to, LiveFrom: from}
		s.Draft, s.Approved, s.Reach = "", nil, nil
		s.settle()
	}
	s.Retired = false
	return nil
}

// Pause stops the live version.
func (s *Stored) Pause() error {
	if s.State() != StateLive {
		return engine.Conflict(engine.Text{En: "only a live rule can be paused", Zh: "只有生效中的规则可以暂停"})
	}
	live := *s.Live
	live.Paused = true
	s.Live = &live
	return nil
}

// Resume lets a paused version decide again from a position on.
func (s *Stored) Resume(from int64) error {
	if s.State() != StatePaused {
		return engine.Conflict(engine.Text{En: "only a paused rule can be resumed", Zh: "只有已暂停的规则可以恢复"})
	}
	live := *s.Live
	live.Paused, live.LiveFrom = false, from
	s.Live = &live
	return nil
}

// Retire puts the rule away. Publishing or saving a draft brings it back.
func (s *Stored) Retire() error {
	if s.Retired {
		return engine.Conflict(engine.Text{En: "the rule is retired already", Zh: "规则已停用"})
	}
	s.Retired = true
	return nil
}

// Rollback puts a past version in force again under its own number.
func (s *Stored) Rollback(past *Live, to Rollout, from int64) error {
	if past.Version < 1 || past.Version > s.Versions {
		return engine.NotFound("version", fmt.Sprint(past.Version))
	}
	s.Live = &Live{Version: past.Version, Document: past.Document, Rollout: to, LiveFrom: from}
	s.Retired, s.Reach = false, nil
	s.settle()
	return nil
}

// Version finds a past version in a definition's revisions, in any order.
func Version(history []engine.Definition, number int) (*Live, bool) {
	for _, d := range history {
		s, err := ReadStored(d.Body)
		if err == nil && s.Live != nil && s.Live.Version == number {
			return s.Live, true
		}
	}
	return nil, false
}

// Sources takes the live rules out of a workspace's definitions of kind rule,
// sorted by key. A body that cannot be read is reported under its key.
func Sources(definitions []engine.Definition) (sources []Source, broken map[string]error) {
	broken = map[string]error{}
	for _, d := range definitions {
		if d.Kind != engine.DefineRule || len(d.Body) == 0 {
			continue
		}
		s, err := ReadStored(d.Body)
		if err != nil {
			broken[d.Key] = err
			continue
		}
		if s.Live == nil || s.Retired {
			continue
		}
		sources = append(sources, Source{Key: d.Key, Version: s.Live.Version, Document: []byte(s.Live.Document),
			Shadow: s.Live.Shadow, Percent: s.Live.Percent, LiveFrom: s.Live.LiveFrom, Paused: s.Live.Paused})
		if !s.Live.Paused {
			sources = append(sources, s.formerSources(d.Key)...)
		}
	}
	slices.SortFunc(sources, bySourceKey)
	return sources, broken
}
