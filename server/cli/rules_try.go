package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
)

// post sends one request and reads the answer into v.
func (c *client) post(ctx context.Context, path string, ask, v any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return usage(fmt.Sprintf("%s is no address of a server", c.base), fmt.Sprintf("%s 不是服务地址", c.base))
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.http.Do(request)
	if err != nil {
		return unreachable(c.base, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return unreachable(c.base, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return problemOf(response, answer)
	}
	if err := json.Unmarshal(answer, v); err != nil {
		return fmt.Errorf("%s does not answer like Bylaw: %w", c.base, err)
	}
	return nil
}

// tryAnswer is the API's answer to a try.
type tryAnswer struct {
	Rule, Outcome, Reason, Detail, Answer, At string
	Version                                   int
	Position                                  int64
	Trace                                     []struct {
		Part    string
		Finding whyFinding
	}
	Effects  []whyEffect
	Messages []struct{ Channel, Text, Gate, Because string }
	Review   *struct {
		Period, Group string
		Place, Of     int
	}
	Case *struct {
		OK bool
	}
}

// rulesTry asks a server what a rule would decide.
func (p *program) rulesTry() *cobra.Command {
	a, ask := &address{}, map[string]any{}
	texts := map[string]*string{}
	var version int
	var position int64
	c := &cobra.Command{Use: "try [file]", Args: p.atMost(1),
		Short: p.say("What a rule would decide about a member, now or in the past", "试算规则对某成员现在或过去的判定"),
		Long:  p.say("What the rule in a file, or a rule of the workspace, would decide about a member: now, at a past moment, on an event of the log or on a pasted one. Nothing is written.", "试算文件中的规则或空间内的规则：现在、过去某时刻、日志中的事件或粘贴的事件。不会写入任何内容。")}
	for _, f := range []struct{ name, en, zh string }{
		{"rule", "key of a rule of the workspace", "空间内规则的标识"}, {"member", "an id, or channel:external_id", "id 或 渠道:外部 id"}, {"at", "a moment, RFC 3339", "时刻，RFC 3339"},
		{"event", "an event as JSON", "事件 JSON"}, {"example", "the name of a case of the document", "文档中用例的名称"}, {"group", "the group in question, where there is no event", "没有事件时所问的群"}} {
		texts[f.name] = c.Flags().String(f.name, "", p.say(f.en, f.zh))
	}
	c.Flags().IntVar(&version, "version", 0, p.say("a version of --rule", "--rule 的版本"))
	c.Flags().Int64Var(&position, "position", 0, p.say("position of an event of the log", "日志中事件的位置"))
	p.addressFlags(c, a)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		client, err := p.connect(cmd, a)
		if err != nil {
			return err
		}
		if version != 0 {
			ask["version"] = version
		}
		if position != 0 {
			ask["position"] = position
		}
		if err := p.asked(ask, texts, args); err != nil {
			return err
		}
		var raw json.RawMessage
		if err := client.post(cmd.Context(), "/rules/try", ask, &raw); err != nil {
			return err
		}
		return p.showTried(raw)
	}
	return c
}

// asked fills in what flags and a file say.
func (p *program) asked(ask map[string]any, texts map[string]*string, files []string) error {
	for name, v := range texts {
		if *v != "" {
			ask[name] = *v
		}
	}
	if *texts["event"] != "" {
		if !json.Valid([]byte(*texts["event"])) {
			return usage("--event takes an event as JSON", "--event 应为事件 JSON")
		}
		ask["event"] = json.RawMessage(*texts["event"])
	}
	if len(files) == 0 {
		return nil
	}
	document, err := p.readFile(files[0])
	if err != nil {
		return err
	}
	ask["document"] = string(document)
	return nil
}

func (p *program) showTried(raw json.RawMessage) error {
	if p.json {
		return p.printJSON(raw)
	}
	var a tryAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		return err
	}
	fmt.Fprintf(p.out, p.say("%s %s: %s %s %s (at %s, after position %d)\n", "%s %s：%s %s %s（时刻 %s，位置 %d 之后）\n"),
		p.outcomeMark(a.Outcome), a.Rule, a.Outcome, orDash(a.Answer), orDash(a.Reason+a.Detail), a.At, a.Position)
	for _, t := range a.Trace {
		fmt.Fprintf(p.out, "%s\n", t.Part)
		p.showPart(&t.Finding, 1)
	}
	for _, e := range a.Effects {
		fmt.Fprintf(p.out, "  -> %s %s\n", e.Kind, e.Fields)
	}
	for _, m := range a.Messages {
		fmt.Fprintf(p.out, "  %s %s: %s (%s)\n", m.Gate, m.Channel, m.Text, orDash(m.Because))
	}
	if r := a.Review; r != nil {
		fmt.Fprintf(p.out, p.say("review %s, %s: place %d of %d\n", "评审 %s，%s：第 %d 名，共 %d 人\n"), r.Period, orDash(r.Group), r.Place, r.Of)
	}
	return nil
}

func (p *program) showPart(f *whyFinding, depth int) {
	text := f.Text.In(p.lang)
	if text == "" {
		text = f.Source
	}
	fmt.Fprintf(p.out, "%*s%s %s\n", 2*depth, "", p.outcomeMark(f.Outcome), text)
	for i := range f.Kids {
		p.showPart(&f.Kids[i], depth+1)
	}
}

// rulesCase turns a decision into a case of a rule's draft.
func (p *program) rulesCase() *cobra.Command {
	a := &address{}
	var position int64
	var event, member, name string
	c := &cobra.Command{Use: "case <rule>", Args: p.args(1),
		Short: p.say("Turn a real decision into a case of the rule's draft", "把真实判定变成规则草稿的用例"),
		Long:  p.say("Turn a real decision into a case at the end of the rule's draft. Nobody is named in it, it is green, and the rest of the document stays byte for byte.", "把真实判定变成规则草稿末尾的用例：不含个人信息、必定通过，文档其余部分逐字节不变。")}
	c.Flags().Int64Var(&position, "from-decision", 0, p.say("position of the decision", "判定的位置"))
	c.Flags().StringVar(&event, "event", "", p.say("or the id of the event, with --member", "或事件 id，配合 --member"))
	c.Flags().StringVar(&member, "member", "", p.say("whose event it is; of a schedule, which decides about many: whose decision", "事件所属成员；定时规则一次判定多人时，指定其中的成员"))
	c.Flags().StringVar(&name, "name", "", p.say("name of the case", "用例名称"))
	p.addressFlags(c, a)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		client, err := p.connect(cmd, a)
		if err != nil {
			return err
		}
		ask := map[string]any{}
		for key, v := range map[string]string{"event": event, "member": member, "name": name} {
			if v != "" {
				ask[key] = v
			}
		}
		if position != 0 {
			ask["position"] = position
		}
		var rule struct {
			Document string
			Problems []engine.Problem
		}
		if err := client.post(cmd.Context(), "/rules/"+url.PathEscape(args[0])+"/cases", ask, &rule); err != nil {
			return err
		}
		if p.json {
			return p.printJSON(rule)
		}
		fmt.Fprint(p.out, rule.Document)
		return nil
	}
	return c
}
