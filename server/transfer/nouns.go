package transfer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/service"
)

// noun is what can be exported.
type noun struct {
	where   bool // takes a condition on members
	between bool // takes a stretch of time
	columns func(*engine.Definitions, clock) []column
	each    func(*walk, func(row any) error) error
}

// walk is one going through of a noun.
type walk struct {
	ctx      context.Context
	service  *service.Service
	reader   engine.Reader
	who      service.Caller
	ask      Ask
	progress func(done, total int64)
}

var nouns = map[string]*noun{
	"members":     {true, false, memberColumns, eachMember},
	"events":      {false, true, eventColumns, eachEvent},
	"ledger":      {false, false, ledgerColumns, eachEntry},
	"decisions":   {false, true, decisionColumns, eachDecision},
	"deliveries":  {false, false, deliveryColumns, eachDelivery},
	"tasks":       {false, false, taskColumns, eachTask},
	"definitions": {false, false, definitionColumns, eachDefinition},
}

// pageSize is how many rows are in memory at a time.
const pageSize = 500

// pages goes through a list page by page. done tells how far a row is, of total.
func pages[T any](w *walk, total int64, done func(*T) int64, list func(engine.Page) (engine.Rows[T], error), visit func(row any) error) error {
	at := engine.Page{Limit: pageSize}
	for {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		rows, err := list(at)
		if err != nil {
			return err
		}
		for i := range rows.Items {
			if err := visit(&rows.Items[i]); err != nil {
				return err
			}
		}
		if n := len(rows.Items); n > 0 && total > 0 {
			w.progress(min(done(&rows.Items[n-1]), total), total)
		}
		if at.Cursor = rows.Next; rows.Next == "" {
			return nil
		}
	}
}

// order is the workspace's newest position, by which progress is measured where
// counting would cost as much as writing.
func (w *walk) order() (int64, error) {
	lane, err := w.reader.Lane(w.ctx)
	return lane.Position, err
}

func eachMember(w *walk, visit func(row any) error) error {
	var total, done int64
	if n, err := w.service.Members.CountAll(w.ctx, w.who, service.MemberQuery{Where: w.ask.Where, Words: w.ask.Words}); err == nil { // otherwise they are too many to count first
		total = int64(n.Count)
	}
	return pages(w, total, func(*person) int64 { return done }, func(p engine.Page) (engine.Rows[person], error) {
		rows, err := w.service.Members.List(w.ctx, w.who, service.MemberQuery{Where: w.ask.Where, Words: w.ask.Words, Page: p})
		done += int64(len(rows.Items))
		return rows, err
	}, func(row any) error { return visit(*row.(*person)) })
}

func eachEvent(w *walk, visit func(row any) error) error {
	total, err := w.order()
	if err != nil {
		return err
	}
	for q := (engine.EventQuery{From: w.ask.From, To: w.ask.To, UpTo: total, Limit: pageSize}); ; {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		stored, err := w.reader.Events(w.ctx, q)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		for _, s := range stored {
			e, err := engine.DecodeEvent(s)
			if err != nil {
				return err
			}
			if err := visit(e); err != nil {
				return err
			}
			q.After = e.Position
		}
		w.progress(q.After, total)
		if len(stored) < q.Limit {
			return nil
		}
	}
}

func eventColumns(_ *engine.Definitions, at clock) []column {
	type row = *engine.Event
	return []column{
		col("position", "Position", "位置", func(e row) any { return e.Position }),
		col("at", "Time", "时间", func(e row) any { return at.of(e.At) }),
		col("type", "Type", "类型", func(e row) any { return e.Type }),
		col("id", "Event id", "事件标识", func(e row) any { return e.ID }),
		col("source", "Source", "来路", func(e row) any { return e.Source }),
		col("member.id", "Member", "成员", func(e row) any { return e.MemberID }),
		col("member", "Identity", "身份", func(e row) any { return identityOf(e.Member) }),
		col("to.id", "Other member", "对方成员", func(e row) any { return e.ToID }),
		col("to", "Other identity", "对方身份", func(e row) any { return identityOf(e.To) }),
		col("group", "Group", "群", func(e row) any { return e.Group }),
		col("content", "Content", "内容", func(e row) any { return e.Content }),
		col("origin", "Origin", "来源", func(e row) any { return e.Origin }),
		col("props", "Properties", "属性", func(e row) any {
			props := map[string]engine.Value{}
			for _, p := range e.Props {
				props[p.Name] = p.Value
			}
			return jsonOf(props)
		}),
		col("history", "History", "历史导入", func(e row) any { return whether(e.History) }),
		col("late", "Late", "迟到", func(e row) any { return whether(e.Late) }),
		col("parent", "Emitted by", "由何事件产生", func(e row) any { return some(e.Parent) }),
	}
}

func identityOf(r engine.MemberRef) any {
	if r.ExternalID == "" {
		return nil
	}
	return r.Key()
}

func eachEntry(w *walk, visit func(row any) error) error {
	total, err := w.order()
	if err != nil {
		return err
	}
	return pages(w, total, func(e *engine.LedgerEntry) int64 { return total - e.Position }, func(p engine.Page) (engine.Rows[engine.LedgerEntry], error) {
		return w.service.Members.Points(w.ctx, w.who, engine.LedgerQuery{Page: p})
	}, visit)
}

func ledgerColumns(_ *engine.Definitions, at clock) []column {
	type row = *engine.LedgerEntry
	return []column{
		col("id", "Entry", "账目", func(e row) any { return e.ID }),
		col("at", "Time", "时间", func(e row) any { return at.of(e.At) }),
		col("member", "Member", "成员", func(e row) any { return e.Member }),
		col("account", "Account", "账户", func(e row) any { return e.Account }),
		col("amount", "Amount", "数额", func(e row) any { return e.Amount }),
		col("balance", "Balance", "余额", func(e row) any { return e.Balance }),
		col("kind", "Kind", "种类", func(e row) any { return e.Kind }),
		col("rule", "Rule", "规则", func(e row) any { return e.Rule }),
		col("version", "Version", "版本", func(e row) any { return some(int64(e.Version)) }),
		col("occurrence", "Occurrence", "依据", func(e row) any { return e.Occurrence }),
		col("of", "Of entry", "对应账目", func(e row) any { return e.Of }),
		col("expires", "Expires", "到期", func(e row) any { return at.of(e.Expires) }),
		col("reason", "Reason", "原因", func(e row) any { return e.Reason }),
		col("position", "Position", "位置", func(e row) any { return e.Position }),
	}
}

func eachDecision(w *walk, visit func(row any) error) error {
	total, err := w.order()
	if err != nil {
		return err
	}
	return pages(w, total, func(d *engine.Decision) int64 { return total - d.Position }, func(p engine.Page) (engine.Rows[engine.Decision], error) {
		return w.service.Members.Decisions(w.ctx, w.who, engine.DecisionQuery{From: w.ask.From, To: w.ask.To, Page: p})
	}, visit)
}

func decisionColumns(_ *engine.Definitions, at clock) []column {
	type row = *engine.Decision
	return []column{
		col("position", "Position", "位置", func(d row) any { return d.Position }),
		col("at", "Time", "时间", func(d row) any { return at.of(d.At) }),
		col("rule", "Rule", "规则", func(d row) any { return d.Rule }),
		col("version", "Version", "版本", func(d row) any { return int64(d.Version) }),
		col("subject", "Subject", "对象", func(d row) any { return d.Subject }),
		col("outcome", "Outcome", "结果", func(d row) any { return string(d.Outcome) }),
		col("answer", "Answer", "答复", func(d row) any { return d.Answer }),
		col("reason", "Reason", "原因", func(d row) any { return string(d.Reason) }),
		col("detail", "Detail", "详情", func(d row) any { return d.Detail }),
		col("occurrence", "Occurrence", "依据", func(d row) any { return d.Occurrence }),
		col("effects", "Effects", "效果", func(d row) any {
			if len(d.Effects) == 0 {
				return nil
			}
			return d.Effects
		}),
		col("shadow", "Shadow", "影子运行", func(d row) any { return whether(d.Shadow) }),
	}
}

func eachDelivery(w *walk, visit func(row any) error) error {
	total, err := w.order()
	if err != nil {
		return err
	}
	return pages(w, total, func(d *engine.Delivery) int64 { return total - d.Position }, func(p engine.Page) (engine.Rows[engine.Delivery], error) {
		return w.service.Deliveries.List(w.ctx, w.who, engine.DeliveryQuery{Page: p})
	}, visit)
}

func deliveryColumns(_ *engine.Definitions, at clock) []column {
	type row = *engine.Delivery
	return []column{
		col("id", "Delivery", "投递", func(d row) any { return d.ID }),
		col("created_at", "Created", "创建时间", func(d row) any { return at.of(d.CreatedAt) }),
		col("state", "State", "状态", func(d row) any { return string(d.State) }),
		col("because", "Because", "原因", func(d row) any { return string(d.Because) }),
		col("channel", "Channel", "渠道", func(d row) any { return d.Channel }),
		col("member", "Member", "成员", func(d row) any { return d.Member }),
		col("group", "Group", "群", func(d row) any { return d.Group }),
		col("rule", "Rule", "规则", func(d row) any { return d.Rule }),
		private(col("address", "Address", "地址", func(d row) any { return d.Target.Address })),
		private(col("title", "Title", "标题", func(d row) any { return d.Title })),
		private(col("text", "Text", "文本", func(d row) any { return d.Text })),
		col("attempts", "Attempts", "尝试次数", func(d row) any { return int64(d.Attempts) }),
		col("sent_at", "Sent", "发送时间", func(d row) any { return at.of(d.SentAt) }),
		col("not_after", "Valid until", "有效至", func(d row) any { return at.of(d.NotAfter) }),
		col("code", "Code", "代码", func(d row) any { return d.Code }),
		col("detail", "Detail", "详情", func(d row) any { return d.Detail }),
		col("position", "Position", "位置", func(d row) any { return d.Position }),
	}
}

func eachTask(w *walk, visit func(row any) error) error {
	return pages(w, 0, func(*engine.Item) int64 { return 0 }, func(p engine.Page) (engine.Rows[engine.Item], error) {
		return w.service.Work.List(w.ctx, w.who, engine.ItemQuery{Kind: "task", Page: p})
	}, visit)
}

func taskColumns(_ *engine.Definitions, at clock) []column {
	type row = *engine.Item
	return []column{
		col("id", "Task", "任务", func(i row) any { return i.ID }),
		col("at", "Created", "创建时间", func(i row) any { return at.of(i.At) }),
		col("state", "State", "状态", func(i row) any { return i.State }),
		col("due", "Due", "截止", func(i row) any { return at.of(i.Due) }),
		col("owner", "Owner", "负责人", func(i row) any { return i.Owner }),
		col("member", "Member", "成员", func(i row) any { return i.Member }),
		col("group", "Group", "群", func(i row) any { return i.Group }),
		col("rule", "Rule", "规则", func(i row) any { return i.Rule }),
		private(col("body", "Content", "内容", func(i row) any { return document(i.Body) })),
	}
}

func eachDefinition(w *walk, visit func(row any) error) error {
	all, err := w.reader.DefinitionsAt(w.ctx, 0)
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	for i := range all {
		if err := visit(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

func definitionColumns(_ *engine.Definitions, at clock) []column {
	type row = *engine.Definition
	return []column{
		col("kind", "Kind", "种类", func(d row) any { return string(d.Kind) }),
		col("key", "Key", "标识", func(d row) any { return d.Key }),
		col("revision", "Revision", "修订", func(d row) any { return d.Revision }),
		col("at", "Changed", "修改时间", func(d row) any { return at.of(d.At) }),
		col("by", "By", "修改人", func(d row) any { return d.By }),
		col("body", "Body", "内容", func(d row) any { return json.RawMessage(d.Body) }),
	}
}
