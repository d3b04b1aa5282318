package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// item writes a row that a person works through and gives its id, made from the
// position so that a replay makes the same.
func (t *turn) item(at engine.Time, i engine.Item, body any) string {
	if i.ID == "" {
		i.ID = i.Kind[:1] + strconv.FormatInt(t.outer, 36) + "-" + strconv.Itoa(t.serial())
	}
	i.At, i.Version, i.Body = at, t.outer, mustJSON(body)
	t.changes.Items = append(t.changes.Items, i)
	return i.ID
}

// operators own what nobody else does.
const operators = "operators"

func (x *deed) createTask() error {
	i := engine.Item{Kind: "task", State: "open", Rule: x.d.rule.Key, Group: x.groupField(), Owner: operators}
	if x.v.text("to") != "user" && i.Group != "" {
		list, err := x.list(officersKey(i.Group))
		if err != nil {
			return err
		}
		if len(list) > 0 {
			i.Owner = list[0]
		}
	}
	if login := x.v.text("user"); login != "" {
		i.Owner = login
	}
	if x.member != nil {
		i.Member = x.member.ID
	}
	if due := x.lasts("due"); due > 0 {
		i.Due = x.in(due)
	}
	return x.write(i)
}

func (x *deed) createLead() error {
	owner := x.v.text("owner")
	if owner == "" {
		owner = operators
	}
	return x.write(engine.Item{Kind: "lead", State: "open", Member: x.member.ID, Owner: owner,
		Rule: x.d.rule.Key, Due: x.d.at.Add(30 * time.Minute)})
}

// write makes an item with the effect's text. A person reads it, so one with a
// hole is written as the decision has it.
func (x *deed) write(i engine.Item) error {
	text, ok, err := x.say()
	if err != nil {
		return err
	}
	if !ok {
		text, x.made.Reason = x.v.text("text"), ""
	}
	x.made.Ref = x.item(x.d.at, i, map[string]any{"text": text})
	return nil
}

// giveLink makes a join link for one person. Its code is a hash of the effect's
// key under the workspace, good once.
func (x *deed) giveLink() error {
	sum := sha256.Sum256([]byte("link\x00" + x.ws + "\x00" + x.key()))
	lasts := x.lasts("lasts")
	if lasts <= 0 {
		lasts = engine.Time(24 * time.Hour / time.Microsecond)
	}
	x.made.Ref = x.item(x.d.at, engine.Item{Kind: "link", State: "open", Member: x.member.ID, Group: x.v.text("group"),
		Rule: x.d.rule.Key, Due: x.in(lasts)}, map[string]any{"code": hex.EncodeToString(sum[:12])})
	return nil
}
