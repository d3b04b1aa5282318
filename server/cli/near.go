package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
)

// nearAnswer is the API's answer to who nearly fulfils a rule.
type nearAnswer struct {
	Looked  int  `json:"looked"`
	Matched int  `json:"matched"`
	Partial bool `json:"partial"`
	Stops   []struct {
		Source string `json:"source"`
		Stops  int    `json:"stops"`
		Alone  int    `json:"alone"`
	} `json:"stops"`
	Items []struct {
		Member     string `json:"member"`
		Missing    int    `json:"missing"`
		Conditions []struct {
			Text engine.Text `json:"text"`
		} `json:"conditions"`
	} `json:"items"`
	Next string `json:"next"`
}

// rulesNear asks a server who nearly fulfils a rule.
func (p *program) rulesNear() *cobra.Command {
	a := &address{}
	var version, where, cursor string
	var limit int
	var all bool
	c := &cobra.Command{
		Use: "near <rule>", Args: p.args(1),
		Short: p.say("Who nearly fulfils a rule, and which condition stops most", "谁差一点满足规则，哪一项拦住的人最多"),
	}
	c.Flags().StringVar(&version, "version", "", p.say("a published version, or draft; the live one otherwise", "版本号或 draft；默认为生效版本"))
	c.Flags().StringVar(&where, "where", "", p.say("a condition on members", "成员条件"))
	c.Flags().StringVar(&cursor, "cursor", "", p.say("where the last page ended", "上一页的结尾"))
	c.Flags().IntVar(&limit, "limit", 20, p.say("members to show", "显示的人数"))
	c.Flags().BoolVar(&all, "all", false, p.say("look at every member, however many there are, as a job", "查看全部成员（作为任务运行）"))
	p.addressFlags(c, a)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		client, err := p.connect(cmd, a)
		if err != nil {
			return err
		}
		path := "/rules/" + url.PathEscape(args[0]) + "/near-misses"
		var raw json.RawMessage
		if all {
			if cursor != "" {
				return usage("--all and --cursor do not go together: --limit shows more", "--all 与 --cursor 不能同时使用：请用 --limit 显示更多")
			}
			if raw, err = p.nearOfAll(cmd.Context(), client, path, map[string]any{"version": version, "where": where, "limit": limit}); err != nil {
				return err
			}
			return p.nearFound(client, raw)
		}
		query := url.Values{"limit": {fmt.Sprint(limit)}}
		for name, v := range map[string]string{"version": version, "where": where, "cursor": cursor} {
			if v != "" {
				query.Set(name, v)
			}
		}
		if err := client.get(cmd.Context(), path, query, &raw); err != nil {
			return err
		}
		return p.nearFound(client, raw)
	}
	return c
}

// nearOfAll lets a server look at all members, and follows how far it is.
func (p *program) nearOfAll(ctx context.Context, c *client, path string, ask map[string]any) (json.RawMessage, error) {
	for name, v := range ask {
		if v == "" {
			delete(ask, name)
		}
	}
	var j serverJob
	if err := c.post(ctx, path, ask, &j); err != nil {
		return nil, err
	}
	return p.follow(ctx, c, j.ID, "members", "成员")
}

func (p *program) nearFound(c *client, raw json.RawMessage) error {
	if p.json {
		return p.printJSON(raw)
	}
	var answer nearAnswer
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("%s does not answer like Bylaw: %w", c.base, err)
	}
	return p.showNear(&answer)
}

func (p *program) showNear(a *nearAnswer) error {
	fmt.Fprintf(p.out, p.say("%d members looked at, %d match\n\n", "查看 %d 名成员，%d 名满足\n\n"), a.Looked, a.Matched)
	rows := [][]string{{p.say("stops", "拦住"), p.say("alone", "仅此一项"), p.say("condition", "条件")}}
	for _, s := range a.Stops {
		rows = append(rows, []string{fmt.Sprint(s.Stops), fmt.Sprint(s.Alone), clip(s.Source, 80)})
	}
	if err := p.table(rows); err != nil {
		return err
	}
	fmt.Fprintln(p.out)
	rows = [][]string{{p.say("member", "成员"), p.say("missing", "缺"), p.say("what", "还差什么")}}
	for _, m := range a.Items {
		for i, c := range m.Conditions {
			row := []string{"", "", c.Text.In(p.lang)}
			if i == 0 {
				row[0], row[1] = m.Member, fmt.Sprint(m.Missing)
			}
			rows = append(rows, row)
		}
	}
	if err := p.table(rows); err != nil {
		return err
	}
	if a.Next != "" {
		p.note("more: --cursor "+a.Next, "更多：--cursor "+a.Next)
	}
	if a.Partial {
		p.note("not everybody was looked at: narrow it down with --where, or use --all", "未查看全部成员：请用 --where 缩小范围，或使用 --all")
	}
	return nil
}
