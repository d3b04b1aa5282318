package api

import (
	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// SetGroupState sets a group's phase, intake or stage.
func (s *Server) SetGroupState(c echo.Context, group contract.Key, _ contract.SetGroupStateParams) error {
	k := callOf(c)
	b, err := decode[contract.GroupState](k)
	if err != nil {
		return err
	}
	err = s.Service.Groups.Set(c.Request().Context(), k.caller(c), group,
		service.GroupState{Phase: string(value(b.Phase)), Intake: string(value(b.Intake)), Stage: value(b.Stage)})
	if err != nil {
		return err
	}
	return s.get(c, engine.DefineGroup, group)
}

// ListApplications lists applications to enter a group.
func (s *Server) ListApplications(c echo.Context, group contract.Key, params contract.ListApplicationsParams) error {
	return s.groupItems(c, group, engine.ItemQuery{Kind: "application", State: value(params.State)})
}

// ListLinks lists a group's join links.
func (s *Server) ListLinks(c echo.Context, group contract.Key, _ contract.ListLinksParams) error {
	return s.groupItems(c, group, engine.ItemQuery{Kind: "link"})
}

func (s *Server) groupItems(c echo.Context, group string, q engine.ItemQuery) error {
	if _, err := s.Service.Definitions.Get(c.Request().Context(), callOf(c).caller(c), engine.DefineGroup, group); err != nil {
		return err
	}
	q.Group = group
	return s.itemPage(c, q)
}

// ApplyToGroup asks for a member to enter; the threshold rules answer.
func (s *Server) ApplyToGroup(c echo.Context, group contract.Key, _ contract.ApplyToGroupParams) error {
	k := callOf(c)
	b, err := decode[struct {
		Member string
		Props  map[string]engine.Value
	}](k)
	if err != nil {
		return err
	}
	var answers []engine.Prop
	for name, v := range b.Props {
		answers = append(answers, engine.Prop{Name: name, Value: v})
	}
	a, err := s.Service.Groups.Apply(c.Request().Context(), k.caller(c), group, b.Member, answers)
	if err != nil {
		return err
	}
	return k.ok(a)
}

// ListGroupMembers lists who is in a group.
func (s *Server) ListGroupMembers(c echo.Context, group contract.Key, params contract.ListGroupMembersParams) error {
	if _, err := s.Service.Definitions.Get(c.Request().Context(), callOf(c).caller(c), engine.DefineGroup, group); err != nil {
		return err
	}
	return s.memberPage(c, service.MemberQuery{Where: value(params.Where), Group: group})
}

// AddGroupMember puts a member into a group by hand.
func (s *Server) AddGroupMember(c echo.Context, group contract.Key, _ contract.AddGroupMemberParams) error {
	k := callOf(c)
	b, err := decode[contract.MemberName](k)
	if err != nil {
		return err
	}
	m, err := s.Service.Groups.Put(c.Request().Context(), k.caller(c), group, b.Member, false)
	return s.member(c, m, err)
}

// RemoveGroupMember takes a member out of a group by hand.
func (s *Server) RemoveGroupMember(c echo.Context, group contract.Key, member contract.MemberPath, _ contract.RemoveGroupMemberParams) error {
	m, err := s.Service.Groups.Put(c.Request().Context(), callOf(c).caller(c), group, member, true)
	return s.member(c, m, err)
}

// officer is a member who holds offices in a group.
type officer struct {
	Member string      `json:"member"`
	Roles  []string    `json:"roles"`
	Since  engine.Time `json:"since,omitempty"`
}

// ListOfficers lists a group's officers.
func (s *Server) ListOfficers(c echo.Context, group contract.Key) error {
	list, err := s.Service.Groups.Officers(c.Request().Context(), callOf(c).caller(c), group)
	if err != nil {
		return err
	}
	out := []officer{}
	for _, m := range list {
		in := m.Groups[group]
		out = append(out, officer{m.ID, in.Roles, in.Since})
	}
	return callOf(c).ok(engine.Rows[officer]{Items: out})
}

// AppointOfficer appoints an officer.
func (s *Server) AppointOfficer(c echo.Context, group contract.Key, role contract.OfficerRole, member contract.MemberPath, _ contract.AppointOfficerParams) error {
	m, err := s.Service.Groups.Appoint(c.Request().Context(), callOf(c).caller(c), service.Office{Group: group, Role: string(role), Member: member}, false)
	return s.member(c, m, err)
}

// DismissOfficer dismisses an officer.
func (s *Server) DismissOfficer(c echo.Context, group contract.Key, role contract.OfficerRole, member contract.MemberPath, _ contract.DismissOfficerParams) error {
	m, err := s.Service.Groups.Appoint(c.Request().Context(), callOf(c).caller(c), service.Office{Group: group, Role: string(role), Member: member}, true)
	return s.member(c, m, err)
}

// waiting is somebody's place on a waiting list.
type waiting struct {
	Member string `json:"member"`
	Place  int    `json:"place"`
}

// ListWaiting lists who waits for a seat.
func (s *Server) ListWaiting(c echo.Context, group contract.Key, _ contract.ListWaitingParams) error {
	ids, err := s.Service.Groups.Waiting(c.Request().Context(), callOf(c).caller(c), group)
	if err != nil {
		return err
	}
	list := make([]waiting, len(ids))
	for i, id := range ids {
		list[i] = waiting{id, i + 1}
	}
	return slicePage(c, list)
}

// ReleaseWaiting lets the first of the waiting list in.
func (s *Server) ReleaseWaiting(c echo.Context, group contract.Key, _ contract.ReleaseWaitingParams) error {
	k := callOf(c)
	b, err := decode[contract.Release](k)
	if err != nil {
		return err
	}
	let, err := s.Service.Groups.Release(c.Request().Context(), k.caller(c), group, b.Count)
	if err != nil {
		return err
	}
	return k.ok(map[string]any{"members": let})
}

// DecideWaiting is a person's word on somebody who waits.
func (s *Server) DecideWaiting(c echo.Context, group contract.Key, member contract.MemberPath, _ contract.DecideWaitingParams) error {
	k := callOf(c)
	b, err := decode[contract.WaitingWord](k)
	if err != nil {
		return err
	}
	k.audit.Change(nil, map[string]any{"admit": b.Admit})
	m, err := s.Service.Groups.Decide(c.Request().Context(), k.caller(c), group, member, b.Admit, value(b.Reason))
	return s.member(c, m, err)
}

// GetPyramid counts who stands where on a ladder.
func (s *Server) GetPyramid(c echo.Context, ladder contract.Key, params contract.GetPyramidParams) error {
	k := callOf(c)
	days := 30
	if params.Days != nil {
		days = *params.Days
	}
	p, err := s.Service.Groups.Pyramid(c.Request().Context(), k.caller(c), ladder, days)
	if err != nil {
		return err
	}
	return k.ok(p)
}

// CountSegment counts the members of a segment.
func (s *Server) CountSegment(c echo.Context, segment contract.Key) error {
	k, ctx := callOf(c), c.Request().Context()
	where, err := s.Service.Definitions.SegmentWhere(ctx, k.caller(c), segment)
	if err != nil {
		return err
	}
	n, err := s.Service.Members.Count(ctx, k.caller(c), where)
	if err != nil {
		return err
	}
	return k.ok(n)
}
