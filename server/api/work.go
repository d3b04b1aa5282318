package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// itemView is an item with its noun's own fields.
type itemView struct {
	engine.Item
	Body json.RawMessage `json:"body,omitempty"`
}

func viewItem(i engine.Item) itemView {
	v := itemView{Item: i}
	if json.Valid(i.Body) {
		v.Body = i.Body
	}
	return v
}

// itemPage answers a page of items.
func (s *Server) itemPage(c echo.Context, q engine.ItemQuery) (err error) {
	if q.Page, err = pageOf(c); err != nil {
		return err
	}
	rows, err := s.Service.Work.List(c.Request().Context(), callOf(c).caller(c), q)
	if err != nil {
		return err
	}
	out := engine.Rows[itemView]{Next: rows.Next, Items: make([]itemView, len(rows.Items))}
	for i, x := range rows.Items {
		out.Items[i] = viewItem(x)
	}
	return answerPage(c, out)
}

func (s *Server) item(c echo.Context, kind, id string) error {
	i, err := s.Service.Work.Get(c.Request().Context(), callOf(c).caller(c), kind, id)
	return s.changed(c, i, err)
}

// changed answers an item after a change.
func (s *Server) changed(c echo.Context, i engine.Item, err error) error {
	if err != nil {
		return err
	}
	return callOf(c).reply(http.StatusOK, i.Version, viewItem(i))
}

// memberID finds the id behind a filter's name of a member; "" stays "".
func (s *Server) memberID(c echo.Context, name *string) (string, error) {
	if name == nil || *name == "" {
		return "", nil
	}
	m, err := s.Service.Members.Get(c.Request().Context(), callOf(c).caller(c), *name)
	if err != nil {
		return "", err
	}
	return m.ID, nil
}

// ListReviews lists reviews.
func (s *Server) ListReviews(c echo.Context, params contract.ListReviewsParams) error {
	return s.itemPage(c, engine.ItemQuery{Kind: "review", State: value(params.State), Rule: value(params.Rule), Group: value(params.Group)})
}

// GetReview answers one review.
func (s *Server) GetReview(c echo.Context, id contract.ID) error {
	k, ctx := callOf(c), c.Request().Context()
	i, err := s.Service.Work.Get(ctx, k.caller(c), "review", id)
	if err != nil {
		return err
	}
	plan, err := s.Service.Work.Plan(ctx, k.caller(c), i)
	if err != nil {
		return err
	}
	return k.reply(http.StatusOK, i.Version, struct {
		itemView
		Plan *service.ReviewPlan `json:"plan,omitempty"`
		Now  engine.Time         `json:"now"`
	}{viewItem(i), plan, k.caller(c).Now})
}

// GetStanding answers how a member's place in a review came about.
func (s *Server) GetStanding(c echo.Context, id contract.ID, member contract.MemberPath) error {
	k := callOf(c)
	found, err := s.Service.Why.Standing(c.Request().Context(), k.caller(c), id, member)
	if err != nil {
		return err
	}
	if err := k.who.May(readsRules); err != nil {
		return err
	}
	return k.ok(found)
}

// AppealReview files an appeal.
func (s *Server) AppealReview(c echo.Context, id contract.ID, _ contract.AppealReviewParams) error {
	k := callOf(c)
	b, err := decode[contract.Appeal](k)
	if err != nil {
		return err
	}
	i, err := s.Service.Work.Appeal(c.Request().Context(), k.caller(c), id, b.Member, b.Text)
	return s.changed(c, i, err)
}

// DecideAppeal is an officer's word on an appeal.
func (s *Server) DecideAppeal(c echo.Context, id contract.ID, member contract.MemberPath, _ contract.DecideAppealParams) error {
	k := callOf(c)
	b, err := decode[contract.AppealWord](k)
	if err != nil {
		return err
	}
	i, err := s.Service.Work.DecideAppeal(c.Request().Context(), k.caller(c), id, member, service.AppealWord{Uphold: b.Uphold, Text: value(b.Text)})
	return s.changed(c, i, err)
}

// ConfirmReview carries the proposed moves out.
func (s *Server) ConfirmReview(c echo.Context, id contract.ID, _ contract.ConfirmReviewParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	b, err := decode[contract.Confirm](k)
	if err != nil {
		return err
	}
	i, err := s.Service.Work.Confirm(c.Request().Context(), k.caller(c), id, m, value(b.Skip))
	return s.changed(c, i, err)
}

// ListTasks lists tasks.
func (s *Server) ListTasks(c echo.Context, p contract.ListTasksParams) error {
	member, err := s.memberID(c, p.Member)
	if err != nil {
		return err
	}
	return s.itemPage(c, engine.ItemQuery{Kind: "task", State: value(p.State), Owner: value(p.Owner), Group: value(p.Group),
		Member: member, Rule: value(p.Rule), DueBefore: timeOf(p.DueBefore)})
}

// GetTask answers one task.
func (s *Server) GetTask(c echo.Context, id contract.ID) error { return s.item(c, "task", id) }

// DoTask marks a task as done.
func (s *Server) DoTask(c echo.Context, id contract.ID, _ contract.DoTaskParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	b, err := decode[contract.Done](k)
	if err != nil {
		return err
	}
	i, err := s.Service.Work.Done(c.Request().Context(), k.caller(c), id, m, value(b.Note))
	return s.changed(c, i, err)
}

// ReopenTask opens a task again.
func (s *Server) ReopenTask(c echo.Context, id contract.ID, _ contract.ReopenTaskParams) error {
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	i, err := s.Service.Work.Reopen(c.Request().Context(), callOf(c).caller(c), id, m)
	return s.changed(c, i, err)
}

// ListLeads lists leads.
func (s *Server) ListLeads(c echo.Context, p contract.ListLeadsParams) error {
	member, err := s.memberID(c, p.Member)
	if err != nil {
		return err
	}
	return s.itemPage(c, engine.ItemQuery{Kind: "lead", State: value(p.State), Owner: value(p.Owner), Member: member})
}

// GetLead answers one lead.
func (s *Server) GetLead(c echo.Context, id contract.ID) error { return s.item(c, "lead", id) }

// PatchLead changes a lead.
func (s *Server) PatchLead(c echo.Context, id contract.ID, _ contract.PatchLeadParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	b, err := decode[struct{ State, Owner, Note *string }](k)
	if err != nil {
		return err
	}
	i, err := s.Service.Work.Lead(c.Request().Context(), k.caller(c), id, m, service.LeadPatch(b))
	return s.changed(c, i, err)
}

// ListDeliveries lists deliveries.
func (s *Server) ListDeliveries(c echo.Context, p contract.ListDeliveriesParams) error {
	member, err := s.memberID(c, p.Member)
	if err != nil {
		return err
	}
	q := engine.DeliveryQuery{State: engine.DeliveryState(value(p.State)), Channel: value(p.Channel), Member: member, Rule: value(p.Rule)}
	if q.Page, err = pageOf(c); err != nil {
		return err
	}
	rows, err := s.Service.Deliveries.Named(c.Request().Context(), callOf(c).caller(c), q)
	if err != nil {
		return err
	}
	return answerPage(c, rows)
}

// ReplayDelivery sends a delivery again.
func (s *Server) ReplayDelivery(c echo.Context, id contract.ID, _ contract.ReplayDeliveryParams) error {
	k := callOf(c)
	d, err := s.Service.Deliveries.Replay(c.Request().Context(), k.caller(c), id)
	if err != nil {
		return err
	}
	return k.ok(d)
}
