package api

import (
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/api/ingest"
	"github.com/bylaw-dev/bylaw/server/service"
)

// SendEvents takes 1 to 1,000 events and answers after the commit.
func (s *Server) SendEvents(c echo.Context, params contract.SendEventsParams) error {
	k := callOf(c)
	read := ingest.JSON
	if k.media == "application/x-ndjson" {
		read = ingest.Lines
	}
	in, err := read(k.body, k.now)
	if err != nil {
		return err
	}
	b := machine.Batch{Source: k.who.By(), Received: k.now, Show: machine.ShowMatched, By: k.who.By(),
		Events: in.Events, Problems: in.Problems}
	if params.Decisions != nil {
		b.Show = machine.Show(*params.Decisions)
	}
	b.History = params.Mode != nil && string(*params.Mode) == "history"
	results, err := s.Events.Accept(c.Request().Context(), k.who.Workspace, b)
	if err != nil {
		return err
	}
	return writeResults(c, in.Events, results)
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// maxPooled is the largest buffer that is kept for the next request.
const maxPooled = 1 << 20

func writeResults(c echo.Context, events []engine.Event, results []machine.Result) error {
	buf := buffers.Get().(*[]byte)
	b := append((*buf)[:0], `{"results":[`...)
	for i := range results {
		if i > 0 {
			b = append(b, ',')
		}
		if results[i].ID == "" {
			results[i].ID = events[i].ID
		}
		b = appendResult(b, &results[i])
	}
	b = append(b, "]}\n"...)
	err := c.JSONBlob(http.StatusOK, b)
	if cap(b) <= maxPooled {
		*buf = b
		buffers.Put(buf)
	}
	return err
}

// ListEvents lists accepted events, newest first.
func (s *Server) ListEvents(c echo.Context, params contract.ListEventsParams) error {
	q := engine.EventQuery{Type: value(params.Type), From: timeOf(params.From), To: timeOf(params.To)}
	if params.Member != nil {
		m, err := s.Service.Members.Get(c.Request().Context(), callOf(c).caller(c), *params.Member)
		if err != nil {
			return err
		}
		q.Member = m.ID
	}
	return s.eventPage(c, q)
}

// ListMemberTimeline lists a member's events, newest first.
func (s *Server) ListMemberTimeline(c echo.Context, member string, params contract.ListMemberTimelineParams) error {
	m, err := s.Service.Members.Get(c.Request().Context(), callOf(c).caller(c), member)
	if err != nil {
		return err
	}
	return s.eventPage(c, engine.EventQuery{Member: m.ID, Type: value(params.Type)})
}

// eventPage answers a page of events; its cursor is the position of the last.
func (s *Server) eventPage(c echo.Context, q engine.EventQuery) error {
	k := callOf(c)
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	before, err := positionCursor(p.Cursor)
	if err != nil {
		return err
	}
	if before > 0 {
		q.UpTo = before - 1
	}
	q.Limit = p.Limit + 1
	list, err := s.Service.Members.Timeline(c.Request().Context(), k.caller(c), q)
	if err != nil {
		return err
	}
	out := engine.Rows[eventView]{Items: []eventView{}}
	for i, e := range list {
		if i == p.Limit || before == 1 {
			break
		}
		out.Items = append(out.Items, viewEvent(callOf(c).caller(c), e))
	}
	if len(list) > p.Limit && len(out.Items) > 0 {
		out.Next = decimal(out.Items[len(out.Items)-1].Position)
	}
	return answerPage(c, out)
}

// eventView is an accepted event as it is shown.
type eventView struct {
	Position int64                   `json:"position"`
	Revision int64                   `json:"revision,omitempty"`
	ID       string                  `json:"id,omitempty"`
	Source   string                  `json:"source,omitempty"`
	Type     string                  `json:"type"`
	At       engine.Time             `json:"at"`
	Member   *memberRef              `json:"member,omitempty"`
	To       *memberRef              `json:"to,omitempty"`
	Group    string                  `json:"group,omitempty"`
	Content  string                  `json:"content,omitempty"`
	Origin   string                  `json:"origin,omitempty"`
	Props    map[string]engine.Value `json:"props,omitempty"`
	History  bool                    `json:"history,omitempty"`
	Late     bool                    `json:"late,omitempty"`
	Parent   int64                   `json:"parent,omitempty"`
}

type memberRef struct {
	ID         string `json:"id,omitempty"`
	Channel    string `json:"channel,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
}

func viewRef(who service.Caller, id string, i engine.Identity) *memberRef {
	if id == "" && i == (engine.Identity{}) {
		return nil
	}
	i = who.Masked(i)
	return &memberRef{id, i.Channel, i.ExternalID}
}

func viewEvent(who service.Caller, e *engine.Event) eventView {
	v := eventView{Position: e.Position, Revision: e.Revision, ID: e.ID, Source: e.Source, Type: e.Type, At: e.At,
		Member: viewRef(who, e.MemberID, e.Member.Identity), To: viewRef(who, e.ToID, e.To.Identity),
		Group: e.Group, Content: e.Content, Origin: e.Origin, History: e.History, Late: e.Late, Parent: e.Parent}
	if len(e.Props) > 0 {
		v.Props = make(map[string]engine.Value, len(e.Props))
		for _, p := range e.Props {
			v.Props[p.Name] = p.Value
		}
		if e.Type == "bylaw.member.identity" { // its address is a field
			shown := who.Masked(engine.Identity{ExternalID: v.Props["external_id"].Text0()})
			v.Props["external_id"] = engine.StringValue(shown.ExternalID)
		}
	}
	return v
}
