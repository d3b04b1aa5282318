package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/sheet"
	"github.com/bylaw-dev/bylaw/server/transfer"
)

// caller is the command line as one who asks for something.
func caller(workspace string, personal bool) service.Caller {
	return service.Caller{Workspace: workspace, By: "command line", Now: engine.TimeOf(time.Now()), Personal: personal}
}

// formatOf is the format asked for, else that of the file's name.
func formatOf(asked, path string) sheet.Format {
	if asked == "" {
		asked = strings.TrimPrefix(filepath.Ext(path), ".")
	}
	if asked == "ndjson" || asked == "json" {
		return sheet.JSONL
	}
	return sheet.Format(asked)
}

// exporting writes what a workspace has to a file.
func (p *program) exporting() *cobra.Command {
	var ask transfer.Ask
	var format, out, from, to string
	c := &cobra.Command{Use: "export <noun>", Args: p.args(1),
		Short: p.say("Write members, events, ledger, decisions, deliveries, tasks or definitions to a file", "将成员、事件、账目、判定、投递、任务或定义导出为文件"),
		Long: p.say(`Write members, events, ledger, decisions, deliveries, tasks or definitions as CSV,
XLSX or JSON lines. Personal columns are left out without --personal. Cells that a
spreadsheet would take for a formula are quoted.`,
			`将成员（members）、事件（events）、账目（ledger）、判定（decisions）、投递（deliveries）、任务（tasks）
或定义（definitions）导出为 CSV、XLSX 或 JSON 行。不加 --personal 时不含个人信息列。
会被表格软件当作公式的单元格会加引号。`),
		Example: "  bylaw export members --out members.xlsx --where 'member.tier == \"active\"' --personal\n  bylaw export events --format jsonl --from 2026-03-01T00:00:00+08:00 > events.jsonl"}
	workspace := p.workspaceFlag(c)
	f := c.Flags()
	f.StringVar(&out, "out", "-", p.say("the file; - is stdout", "文件，- 为标准输出"))
	f.StringVar(&format, "format", "", p.say("csv, xlsx or jsonl; by the file's name when empty", "csv、xlsx 或 jsonl，默认依文件名"))
	f.StringSliceVar(&ask.Columns, "columns", nil, p.say("which columns, by key; all when empty", "列（按键名），默认全部"))
	f.StringVar(&ask.Lang, "lang", "", p.say("language of the headings, zh or en; the workspace's when empty", "表头语言 zh 或 en，默认为空间的语言"))
	f.StringVar(&ask.Where, "where", "", p.say("a condition on members", "成员条件"))
	f.StringVar(&from, "from", "", p.say("events and decisions from this time on", "事件与判定的起始时间"))
	f.StringVar(&to, "to", "", p.say("and before this one", "结束时间（不含）"))
	f.BoolVar(&ask.Personal, "personal", false, p.say("with personal fields", "包含个人信息"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) (err error) {
		ask.Noun, ask.Format = args[0], formatOf(format, out)
		if ask.Format == "" {
			ask.Format = sheet.CSV
		}
		if ask.From, err = timeFlag("from", from); err != nil {
			return err
		}
		if ask.To, err = timeFlag("to", to); err != nil {
			return err
		}
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		return p.export(cmd, core, caller(*workspace, ask.Personal), ask, out)
	})
	return c
}

func timeFlag(name, text string) (engine.Time, error) {
	if text == "" {
		return 0, nil
	}
	var t engine.Time
	if t.UnmarshalText([]byte(text)) != nil {
		return 0, usage(fmt.Sprintf("--%s: write a time such as 2026-03-01T00:00:00+08:00", name), fmt.Sprintf("--%s：请写时间，如 2026-03-01T00:00:00+08:00", name))
	}
	return t, nil
}

func (p *program) export(cmd *cobra.Command, core *app.Core, who service.Caller, ask transfer.Ask, out string) (err error) {
	exports := core.Exports()
	if err := exports.Check(cmd.Context(), who, ask); err != nil {
		return err
	}
	to := p.out
	if out != "-" {
		f, err := os.OpenFile(out, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return unwritable(out, err)
		}
		defer func() {
			if err = errors.Join(err, f.Close()); err != nil {
				_ = os.Remove(out) // half a file looks like a whole one
			}
		}()
		to = f
	}
	b := p.progress(-1, "exporting", "导出中")
	rows, err := exports.Write(cmd.Context(), who, ask, to, b.set)
	b.Close()
	if err != nil {
		return err
	}
	if p.json && out != "-" {
		return p.printJSON(map[string]any{"rows": rows, "file": out})
	}
	p.note(fmt.Sprintf("%d rows exported", rows), fmt.Sprintf("已导出 %d 行", rows))
	return nil
}

// importing brings members or events in from a file.
func (p *program) importing() *cobra.Command {
	var i importFlags
	c := &cobra.Command{Use: "import <members or events> <file>", Args: p.args(2),
		Short: p.say("Bring members or events in from CSV, XLSX or JSON lines", "从 CSV、XLSX 或 JSON 行导入成员或事件"),
		Long: p.say(`Bring members or events in from CSV (UTF-8 or GB18030, any delimiter), XLSX (its
first sheet) or JSON lines; - is stdin. What each column is, is guessed by its
heading: see it with --preview, say it with --map. A bad row stops no good one; the
rejected rows can be written to a file with the reason in the last column, mended and
imported again. The same file again changes nothing.

Fields of members: id, identity (channel:external_id), identity.<channel>, name, tags,
tier, tiers.<ladder>, attrs.<key>, consent, consent.<channel>, joined_at, origin,
inviter, zone, lang. Fields of events: id, type, at, member, member.channel,
member.external_id, to, group, content, origin, props.<name>, props (JSON).`,
			`从 CSV（UTF-8 或 GB18030，分隔符不限）、XLSX（第一张工作表）或 JSON 行导入成员（members）或
事件（events），- 为标准输入。各列的含义按列名猜测：用 --preview 查看，用 --map 指定。
有问题的行不影响其他行；被拒绝的行可写入文件，最后一列为原因，改好后可再次导入。
重复导入同一文件不会产生变化。

成员字段：id、identity（渠道:外部标识）、identity.<渠道>、name、tags、tier、tiers.<阶梯>、attrs.<键>、
consent、consent.<渠道>、joined_at、origin、inviter、zone、lang。事件字段：id、type、at、member、
member.channel、member.external_id、to、group、content、origin、props.<名称>、props（JSON）。`),
		Example: "  bylaw import members people.xlsx --preview\n  bylaw import members people.csv --map 手机=attrs.phone --set origin=offline --rejected bad.csv\n  bylaw import events orders.csv --set type=order.paid --map 订单号=id"}
	i.workspace = p.workspaceFlag(c)
	i.flags(p, c)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := there(cmd.Context(), core, *i.workspace); err != nil {
			return err
		}
		bring, err := i.bring(args[0])
		if err != nil {
			return err
		}
		body, err := p.wholeFile(args[1])
		if err != nil {
			return err
		}
		if i.preview {
			look, err := core.Imports().Preview(cmd.Context(), caller(*i.workspace, true), bring, body)
			if err != nil {
				return err
			}
			return p.showPreview(look)
		}
		return p.importFile(cmd, core, &i, bring, body)
	})
	return c
}

// flags declares them.
func (i *importFlags) flags(p *program, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&i.format, "format", "", p.say("csv, xlsx or jsonl; told by the content when empty", "csv、xlsx 或 jsonl，默认依内容判断"))
	f.StringArrayVar(&i.columns, "map", nil, p.say("heading=field; an empty field leaves a column out", "列名=字段；字段为空则忽略该列"))
	f.StringArrayVar(&i.set, "set", nil, p.say("field=value for every row", "字段=值，用于每一行"))
	f.BoolVar(&i.live, "live", false, p.say("let rules decide on the events as if they came now", "让规则像处理新事件一样判定"))
	f.BoolVar(&i.preview, "preview", false, p.say("only show how the file would be read", "仅显示将如何读取"))
	f.StringVar(&i.rejected, "rejected", "", p.say("write the rejected rows to this file", "将被拒绝的行写入此文件"))
}

type importFlags struct {
	workspace        *string
	format, rejected string
	columns, set     []string
	live, preview    bool
}

func (i *importFlags) bring(noun string) (transfer.Bring, error) {
	b := transfer.Bring{Noun: noun, Format: formatOf(i.format, ""), Live: i.live, By: "command line", Columns: map[string]string{}, Set: map[string]string{}}
	for flag, given := range map[string][]string{"map": i.columns, "set": i.set} {
		for _, pair := range given {
			at := strings.LastIndex(pair, "=")
			if flag == "set" {
				at = strings.Index(pair, "=")
			}
			if at <= 0 {
				return b, usage(fmt.Sprintf("--%s %s: write name=value", flag, pair), fmt.Sprintf("--%s %s：请写作 名称=值", flag, pair))
			}
			if flag == "map" {
				b.Columns[pair[:at]] = pair[at+1:]
			} else {
				b.Set[pair[:at]] = pair[at+1:]
			}
		}
	}
	return b, nil
}

// maxImport bounds a file, which is in memory while it is read.
const maxImport = 512 << 20

func (p *program) wholeFile(path string) ([]byte, error) {
	in := p.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, unreadable(path, err)
		}
		defer f.Close()
		in = f
	}
	body, err := io.ReadAll(io.LimitReader(in, maxImport+1))
	if err == nil && len(body) > maxImport {
		err = usage("the file is larger than 512 MiB: import it in parts", "文件超过 512 MiB：请分几次导入")
	}
	return body, err
}

func (p *program) importFile(cmd *cobra.Command, core *app.Core, i *importFlags, bring transfer.Bring, body []byte) error {
	who := caller(*i.workspace, true)
	if err := core.Imports().Check(cmd.Context(), who, bring, body); err != nil {
		return err
	}
	request, err := json.Marshal(bring)
	if err != nil {
		return err
	}
	j := core.NewJob(*i.workspace, "import", request)
	if err := core.PutInput(cmd.Context(), &j, body); err != nil {
		return err
	}
	var result transfer.Imported
	if err := p.doJob(cmd.Context(), core, j, longWork{en: "importing", zh: "导入中"}, &result); err != nil {
		return err
	}
	if result.File != nil && i.rejected != "" {
		f, err := os.OpenFile(i.rejected, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		err = core.ReadFile(cmd.Context(), &j, result.File, func(b []byte) error { _, err := f.Write(b); return err })
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return p.showImported(&result)
}

// showImported says what became of the rows; some rejected is exitProblems.
func (p *program) showImported(r *transfer.Imported) error {
	if p.json {
		if err := p.printJSON(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(p.out, p.say("%d rows: %d applied, %d unchanged, %d rejected\n", "%d 行：%d 已应用，%d 无变化，%d 被拒绝\n"), r.Rows, r.Applied, r.Unchanged, r.Rejected)
		p.showProblems(r.Problems)
	}
	if r.Rejected > 0 {
		return errQuiet
	}
	return nil
}

func (p *program) showProblems(problems []transfer.Rejection) {
	for _, x := range problems {
		place := fmt.Sprintf(p.say("row %d", "第 %d 行"), x.Row)
		if x.Column != "" {
			place += ", " + x.Column
		}
		line := place + ": " + x.Problem.In(p.lang)
		if hint := x.Hint.In(p.lang); hint != "" {
			line += " (" + hint + ")"
		}
		fmt.Fprintln(p.out, line)
	}
}

func (p *program) showPreview(look *transfer.Preview) error {
	if p.json {
		return p.printJSON(look)
	}
	fmt.Fprintf(p.out, "%s %s %q\n", look.Format, look.Encoding, look.Delimiter)
	rows := [][]string{{p.say("column", "列"), p.say("read as", "读作"), p.say("example", "示例")}}
	var fields []string
	for _, c := range look.Columns {
		rows = append(rows, []string{c.Name, orDash(c.Field), c.Example})
		if c.Field != "" {
			fields = append(fields, c.Field)
		}
	}
	if err := p.table(rows); err != nil {
		return err
	}
	fmt.Fprintln(p.out)
	slices.Sort(fields)
	rows = [][]string{append([]string{""}, fields...)}
	for n, row := range look.Rows {
		cells := []string{strconv.Itoa(n + 1)}
		for _, f := range fields {
			cells = append(cells, row[f])
		}
		rows = append(rows, cells)
	}
	if err := p.table(rows); err != nil {
		return err
	}
	fmt.Fprintf(p.out, p.say("\n%d rows, %d of them with problems\n", "\n共 %d 行，其中 %d 行有问题\n"), look.Total, look.Rejected)
	p.showProblems(look.Problems)
	return nil
}
