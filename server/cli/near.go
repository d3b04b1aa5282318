package cli

import (
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
	c := &cobra.Command{
		Use: "near <rule>", Args: p.args(1),
		Short: p.say("Who nearly fulfils a rule, and which condition stops most", "谁差一点满足规则，哪一项拦住的人最多"),
	}
	c.Flags().StringVar(&version, "version", "", p.say("a published version, or draft; the live one otherwise", "版本号或 draft；默认为生效版本"))
	c.Flags().StringVar(&where, "where", "", p.say("a condition on members", "成员条件"))
	c.Flags().StringVar(&cursor, "cursor", "", p.say("where the last page ended", "上一页的结尾"))
	c.Flags().IntVar(&limit, "limit", 20, p.say("members to show", "显示的人数"))
	p.addressFlags(c, a)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		client, err := p.connect(cmd, a)
		if err != nil {
			return err
		}
		query := url.Values{"limit": {fmt.Sprint(limit)}}
		for name, v := range map[string]string{"version": version, "where": where, "cursor": cursor} {
			if v != "" {
				query.Set(name, v)
			}
		}
		var raw json.RawMessage
		if err := client.get(cmd.Context(), "/rules/"+url.PathEscape(args[0])+"/near-misses", query, &raw); err != nil {
			return err
		}
		if p.json {
			return p.printJSON(raw)
		}
		var answer nearAnswer
		if err := json.Unmarshal(raw, &answer); err != nil {
			return fmt.Errorf("%s does not answer like Bylaw: %w", client.base, err)
		}
		return p.showNear(&answer)
	}
	return c
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
		p.note("not everybody was looked at: narrow it down with --where", "未查看全部成员：请用 --where 缩小范围")
	}
	return nil
}
