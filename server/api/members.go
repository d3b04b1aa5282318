package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// ListMembers lists members that fulfil a condition.
func (s *Server) ListMembers(c echo.Context, params contract.ListMembersParams) error {
	if ids := value(params.Ids); ids != "" {
		list, err := s.Service.Members.These(c.Request().Context(), callOf(c).caller(c), strings.Split(ids, ","))
		if err != nil {
			return err
		}
		return answerPage(c, engine.Rows[*service.Member]{Items: list})
	}
	return s.memberPage(c, service.MemberQuery{Where: value(params.Where), Words: value(params.Q), Sort: string(value(params.Sort))})
}

func (s *Server) memberPage(c echo.Context, q service.MemberQuery) (err error) {
	if q.Page, err = pageOf(c); err != nil {
		return err
	}
	rows, err := s.Service.Members.List(c.Request().Context(), callOf(c).caller(c), q)
	if err != nil {
		return err
	}
	return answerPage(c, rows)
}

// member answers a member as they are after a change.
func (s *Server) member(c echo.Context, m *service.Member, err error) error {
	if err != nil {
		return err
	}
	return callOf(c).reply(http.StatusOK, m.Version, m)
}

// GetMember answers one member.
func (s *Server) GetMember(c echo.Context, member contract.MemberPath) error {
	m, err := s.Service.Members.Get(c.Request().Context(), callOf(c).caller(c), member)
	return s.member(c, m, err)
}

// PatchMember changes what the body gives.
func (s *Server) PatchMember(c echo.Context, member contract.MemberPath, _ contract.PatchMemberParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	p, err := decode[struct {
		Name, Zone, Lang *string
		Attrs            map[string]engine.Value
		TagsAdd          []string `json:"tags_add"`
		TagsRemove       []string `json:"tags_remove"`
	}](k)
	if err != nil {
		return err
	}
	out, err := s.Service.Members.Patch(c.Request().Context(), k.caller(c), member, m, service.MemberPatch(p))
	return s.member(c, out, err)
}

// EraseMember destroys a member's personal data.
func (s *Server) EraseMember(c echo.Context, member contract.MemberPath, _ contract.EraseMemberParams) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	before, err := s.Service.Members.Get(ctx, k.caller(c), member)
	if err != nil {
		return err
	}
	if err := s.Service.Members.Erase(ctx, k.caller(c), before.ID, m); err != nil {
		return err
	}
	return k.reply(http.StatusNoContent, 0, nil)
}

// ListMemberPoints lists the member's ledger.
func (s *Server) ListMemberPoints(c echo.Context, member contract.MemberPath, params contract.ListMemberPointsParams) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := s.Service.Members.Get(ctx, k.caller(c), member)
	if err != nil {
		return err
	}
	q := engine.LedgerQuery{Member: m.ID, Account: value(params.Account)}
	if q.Page, err = pageOf(c); err != nil {
		return err
	}
	rows, err := s.Service.Members.Points(ctx, k.caller(c), q)
	if err != nil {
		return err
	}
	return answerPage(c, rows)
}

// badge is a badge that a member has.
type badge struct {
	Badge string      `json:"badge"`
	Title engine.Text `json:"title,omitzero"`
	At    engine.Time `json:"at,omitempty"`
}

// ListMemberBadges lists the member's badges.
func (s *Server) ListMemberBadges(c echo.Context, member contract.MemberPath) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := s.Service.Members.Get(ctx, k.caller(c), member)
	if err != nil {
		return err
	}
	titles, err := s.titles(c, engine.DefineReward)
	if err != nil {
		return err
	}
	list := []badge{}
	for _, key := range slices.Sorted(maps.Keys(m.Badges)) {
		list = append(list, badge{key, titles[key], m.Badges[key]})
	}
	return k.ok(engine.Rows[badge]{Items: list})
}

// membership is a group that a member is in.
type membership struct {
	Group string      `json:"group"`
	Title engine.Text `json:"title,omitzero"`
	engine.Membership
}

// ListMemberGroups lists the member's groups.
func (s *Server) ListMemberGroups(c echo.Context, member contract.MemberPath) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := s.Service.Members.Get(ctx, k.caller(c), member)
	if err != nil {
		return err
	}
	titles, err := s.titles(c, engine.DefineGroup)
	if err != nil {
		return err
	}
	list := []membership{}
	for _, key := range slices.Sorted(maps.Keys(m.Groups)) {
		list = append(list, membership{key, titles[key], m.Groups[key]})
	}
	return k.ok(engine.Rows[membership]{Items: list})
}

// titles gives the titles of definitions of a kind by key.
func (s *Server) titles(c echo.Context, kind engine.DefinitionKind) (map[string]engine.Text, error) {
	defs, err := s.Service.Definitions.List(c.Request().Context(), callOf(c).caller(c), kind)
	if err != nil {
		return nil, err
	}
	titles := map[string]engine.Text{}
	for _, d := range defs {
		var b struct{ Title engine.Text }
		if json.Unmarshal(d.Body, &b) == nil {
			titles[d.Key] = b.Title
		}
	}
	return titles, nil
}

// ListMemberDecisions lists stored decisions about the member.
func (s *Server) ListMemberDecisions(c echo.Context, member contract.MemberPath, params contract.ListMemberDecisionsParams) error {
	m, err := s.Service.Members.Get(c.Request().Context(), callOf(c).caller(c), member)
	if err != nil {
		return err
	}
	return s.decisionPage(c, engine.DecisionQuery{Subject: m.ID, Rule: value(params.Rule), Outcome: engine.Outcome(value(params.Outcome))})
}

func (s *Server) decisionPage(c echo.Context, q engine.DecisionQuery) (err error) {
	if q.Page, err = pageOf(c); err != nil {
		return err
	}
	rows, err := s.Service.Members.CalledDecisions(c.Request().Context(), callOf(c).caller(c), q)
	if err != nil {
		return err
	}
	return answerPage(c, rows)
}

// MergeMember makes another member part of this one.
func (s *Server) MergeMember(c echo.Context, member contract.MemberPath, _ contract.MergeMemberParams) error {
	k := callOf(c)
	b, err := decode[contract.Merge](k)
	if err != nil {
		return err
	}
	m, position, err := s.Service.Members.Merge(c.Request().Context(), k.caller(c), member, b.Other)
	if err != nil {
		return err
	}
	return k.ok(struct {
		Member *service.Member `json:"member"`
		Merge  int64           `json:"merge"`
	}{m, position})
}

// UnmergeMember undoes a merge.
func (s *Server) UnmergeMember(c echo.Context, member contract.MemberPath, _ contract.UnmergeMemberParams) error {
	k := callOf(c)
	b, err := decode[contract.Unmerge](k)
	if err != nil {
		return err
	}
	m, err := s.Service.Members.Unmerge(c.Request().Context(), k.caller(c), member, b.Merge)
	return s.member(c, m, err)
}

// AddIdentity gives the member an identity.
func (s *Server) AddIdentity(c echo.Context, member contract.MemberPath, identity string, _ contract.AddIdentityParams) error {
	return s.identity(c, member, identity, false)
}

// RemoveIdentity takes an identity away.
func (s *Server) RemoveIdentity(c echo.Context, member contract.MemberPath, identity string, _ contract.RemoveIdentityParams) error {
	return s.identity(c, member, identity, true)
}

func (s *Server) identity(c echo.Context, member, identity string, remove bool) error {
	channel, external, _ := strings.Cut(identity, ":")
	m, err := s.Service.Members.Identity(c.Request().Context(), callOf(c).caller(c), member,
		engine.Identity{Channel: channel, ExternalID: external}, remove)
	return s.member(c, m, err)
}

// SetConsent records a member's word on being messaged.
func (s *Server) SetConsent(c echo.Context, member contract.MemberPath, _ contract.SetConsentParams) error {
	k := callOf(c)
	b, err := decode[contract.Consent](k)
	if err != nil {
		return err
	}
	m, err := s.Service.Members.Consent(c.Request().Context(), k.caller(c), member, value(b.Channel), b.Given)
	return s.member(c, m, err)
}

// AddTag adds a tag.
func (s *Server) AddTag(c echo.Context, member contract.MemberPath, tag string, _ contract.AddTagParams) error {
	callOf(c).audit.Change(nil, map[string]string{"tag": tag})
	m, err := s.Service.Members.Tag(c.Request().Context(), callOf(c).caller(c), member, tag, false)
	return s.member(c, m, err)
}

// RemoveTag removes a tag.
func (s *Server) RemoveTag(c echo.Context, member contract.MemberPath, tag string, _ contract.RemoveTagParams) error {
	callOf(c).audit.Change(map[string]string{"tag": tag}, nil)
	m, err := s.Service.Members.Tag(c.Request().Context(), callOf(c).caller(c), member, tag, true)
	return s.member(c, m, err)
}

// ListNotes lists notes on the member.
func (s *Server) ListNotes(c echo.Context, member contract.MemberPath, _ contract.ListNotesParams) error {
	m, err := s.Service.Members.Get(c.Request().Context(), callOf(c).caller(c), member)
	if err != nil {
		return err
	}
	return s.itemPage(c, engine.ItemQuery{Kind: "note", Member: m.ID})
}

// AddNote writes a note on the member.
func (s *Server) AddNote(c echo.Context, member contract.MemberPath, _ contract.AddNoteParams) error {
	k := callOf(c)
	b, err := decode[contract.Note](k)
	if err != nil {
		return err
	}
	i, err := s.Service.Members.Note(c.Request().Context(), k.caller(c), member, b.Text)
	if err != nil {
		return err
	}
	return k.reply(http.StatusCreated, i.Version, viewItem(i))
}
