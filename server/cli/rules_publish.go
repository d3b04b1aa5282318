package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

// published is what the API answers when a version is in force, at once or as a
// job's result.
type published struct {
	ID      string `json:"id"`   // of the job that goes on
	Kind    string `json:"kind"` // likewise
	State   string `json:"state"`
	Version int    `json:"version"`
}

// rulesPublish puts a server's draft in force.
func (p *program) rulesPublish() *cobra.Command {
	a := &address{}
	var shadow, drop bool
	var percent, reach int
	c := &cobra.Command{Use: "publish <rule>", Args: p.args(1),
		Short: p.say("Put the draft of a rule in force, or widen whom it acts for", "发布规则草稿，或扩大其生效范围"),
		Long:  p.say("Put the draft of a rule in force on a server, or widen whom the live version acts for. Where windows must be built from a long log the server goes on by itself and this shows how far it is; until then what was in force decides. Interrupt it to cancel.", "在服务上发布规则草稿，或扩大生效版本的范围。若需从较长日志构建窗口，由服务在后台完成并在此显示进度，期间仍由原有版本判定；中断命令即取消。")}
	f := c.Flags()
	f.BoolVar(&shadow, "shadow", false, p.say("decide but do nothing", "只判定，不产生效果"))
	f.IntVar(&percent, "percent", 0, p.say("act for this share of members", "仅对此比例的成员生效"))
	f.IntVar(&reach, "confirm-reach", 0, p.say("how many members the rule touches, where that is asked for", "确认规则影响的成员数"))
	f.BoolVar(&drop, "drop-pending", false, p.say("what the version before has under way comes to nothing", "前一版本未完成的判定作废"))
	p.addressFlags(c, a)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		client, err := p.connect(cmd, a)
		if err != nil {
			return err
		}
		ask := map[string]any{}
		for name, given := range map[string]any{"shadow": shadow, "percent": percent, "confirm-reach": reach} {
			if f.Changed(name) {
				ask[strings.ReplaceAll(name, "-", "_")] = given
			}
		}
		if drop {
			ask["pending"] = "drop"
		}
		var raw json.RawMessage
		if err := client.post(cmd.Context(), "/rules/"+url.PathEscape(args[0])+"/publish", ask, &raw); err != nil {
			return err
		}
		var answer published
		if err := json.Unmarshal(raw, &answer); err != nil {
			return fmt.Errorf("%s does not answer like Bylaw: %w", client.base, err)
		}
		if answer.Kind != "" && answer.ID != "" {
			p.note("its windows are built first (job "+answer.ID+"); until then what was in force decides", "正在构建窗口（任务 "+answer.ID+"）；期间仍由原有版本判定")
			if raw, err = p.follow(cmd.Context(), client, answer.ID, "windows", "构建窗口"); err != nil {
				return err
			}
			if err := json.Unmarshal(raw, &answer); err != nil {
				return fmt.Errorf("%s does not answer like Bylaw: %w", client.base, err)
			}
		}
		if p.json {
			return p.printJSON(raw)
		}
		_, err = fmt.Fprintf(p.out, p.say("%s: version %d is %s\n", "%s：第 %d 版状态为 %s\n"), args[0], answer.Version, answer.State)
		return err
	}
	return c
}
