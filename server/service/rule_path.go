package service

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/service/trials"
)

// Path is what stands between a rule's document and members.
type Path struct {
	Problems PathProblems `json:"problems"`
	Cases    PathCases    `json:"cases"`
	BackTest PathBackTest `json:"back_test"`
	Reach    PathReach    `json:"reach"`
	Approval PathApproval `json:"approval"`
	Launch   *PathLaunch  `json:"launch,omitempty"` // while one is under way
	Next     string       `json:"next"`             // write, mend, cases, approve, publish, wait, widen or live
}

// PathProblems are the document's.
type PathProblems struct {
	OK       bool `json:"ok"`
	Errors   int  `json:"errors"`
	Warnings int  `json:"warnings"`
}

// PathCases is how its cases go.
type PathCases struct {
	OK    bool `json:"ok"`
	Count int  `json:"count"`
	Red   int  `json:"red"`
}

// PathLaunch is the job that puts a version in force when its windows are built.
type PathLaunch struct {
	Job   string      `json:"job"`
	Do    string      `json:"do"` // publish, resume or rollback
	Done  int64       `json:"done"`
	Total int64       `json:"total"`
	ETA   engine.Time `json:"eta,omitempty"`
}

// PathBackTest is whether the document was back-tested as it stands.
type PathBackTest struct {
	OK  bool        `json:"ok"`
	Job string      `json:"job,omitempty"`
	At  engine.Time `json:"at,omitempty"`
}

// PathReach is what is known of how many members it touches.
type PathReach struct {
	OK        bool          `json:"ok"`
	Guard     int           `json:"guard"` // percent of members; 0: off
	Confirmed *int          `json:"confirmed,omitempty"`
	Measured  *trials.Reach `json:"measured,omitempty"` // when it was last counted on this server
}

// PathApproval is a second person's word.
type PathApproval struct {
	OK     bool        `json:"ok"`
	Needed bool        `json:"needed"`
	Author string      `json:"author,omitempty"`
	By     string      `json:"by,omitempty"`
	At     engine.Time `json:"at,omitempty"`
}

// BackTests finds the newest finished back-test of exactly a document.
type BackTests interface {
	OfDocument(ctx context.Context, workspace, document string) (job string, at engine.Time, result any, found bool, err error)
}

// path reads where a rule stands. Its problems and verdicts are known.
func (r *Rules) path(ctx context.Context, who Caller, rule *Rule, view *machine.View) (*Path, error) {
	s, settings := rule.Stored, view.Defs.Settings
	p := &Path{Cases: PathCases{Count: len(rule.Cases)}}
	for _, x := range rule.Problems {
		if x.Warning {
			p.Problems.Warnings++
		} else {
			p.Problems.Errors++
		}
	}
	for _, v := range rule.Cases {
		if !v.OK {
			p.Cases.Red++
		}
	}
	p.Problems.OK, p.Cases.OK = p.Problems.Errors == 0, p.Cases.Red == 0
	author, err := r.author(ctx, who, rule.Key)
	if err != nil {
		return nil, err
	}
	p.Approval = PathApproval{OK: !settings.SecondPerson || s.Draft == "", Needed: settings.SecondPerson, Author: author}
	if a := s.Approved; a != nil {
		p.Approval.OK, p.Approval.By, p.Approval.At = true, a.By, a.At
	}
	p.Reach = r.pathReach(who, s, view)
	if err := r.pathBackTest(ctx, who, s, &p.BackTest); err != nil {
		return nil, err
	}
	p.Next = p.next(s)
	return p, r.pathLaunch(ctx, who, rule.Key, p)
}

func (r *Rules) pathLaunch(ctx context.Context, who Caller, key string, p *Path) error {
	j, under, err := r.underWay(ctx, who, key)
	if err != nil || !under {
		return err
	}
	var l Launch
	if err := json.Unmarshal(j.Request, &l); err != nil {
		return fmt.Errorf("read what job %s does: %w", j.ID, err)
	}
	p.Launch, p.Next = &PathLaunch{Job: j.ID, Do: l.Do, Done: j.Done, Total: j.Total, ETA: j.ETA}, "wait"
	return nil
}

func (r *Rules) pathBackTest(ctx context.Context, who Caller, s *rules.Stored, p *PathBackTest) error {
	if r.BackTests == nil {
		return nil
	}
	job, at, _, found, err := r.BackTests.OfDocument(ctx, who.Workspace, s.Document())
	if found {
		p.OK, p.Job, p.At = true, job, at
	}
	return err
}

func (r *Rules) pathReach(who Caller, s *rules.Stored, view *machine.View) PathReach {
	p := PathReach{Guard: view.Defs.Settings.ReachGuard}
	if m, ok := r.reached.get(reachKey(who, s.Document())); ok {
		p.Measured = &m
	}
	if s.Reach != nil && s.Draft == "" {
		p.Confirmed = &s.Reach.Touches
	}
	p.OK = p.Guard == 0 || p.Confirmed != nil || p.Measured != nil && !beyond(*p.Measured, p.Guard)
	return p
}

// next is what is to be done.
func (p *Path) next(s *rules.Stored) string {
	switch {
	case s.Draft == "" && s.Live == nil:
		return "write"
	case s.Draft == "" && (s.Live.Shadow || s.Live.Percent > 0 && s.Live.Percent < 100):
		return "widen"
	case s.Draft == "":
		return "live"
	case !p.Problems.OK:
		return "mend"
	case !p.Cases.OK:
		return "cases"
	case !p.Approval.OK:
		return "approve"
	}
	return "publish"
}
