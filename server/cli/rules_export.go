package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
)

func (p *program) rulesExport() *cobra.Command {
	var force bool
	c := &cobra.Command{Use: "export <folder>", Args: p.args(1), Short: p.say("Write a workspace's rules and definitions as a pack, to keep in git", "将空间的规则与定义导出为规则包，便于存入 git")}
	workspace := p.workspaceFlag(c)
	c.Flags().BoolVar(&force, "force", false, p.say("write over files that are there", "覆盖已有文件"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		x := &exporter{folder: args[0], force: force}
		if err := x.gather(cmd, core, *workspace); err != nil {
			return err
		}
		if err := x.write(); err != nil {
			return err
		}
		var names []string
		for _, f := range x.files {
			names = append(names, filepath.Join(x.folder, f.name))
		}
		return p.wrote(names...)
	})
	return c
}

// exporter writes a workspace as a pack.
type exporter struct {
	folder string
	force  bool
	files  []exported
}

type exported struct {
	name    string
	content []byte
}

// exportedKinds are the sections of a pack, by kind.
var exportedKinds = []struct {
	section string
	kind    engine.DefinitionKind
}{
	{"event_types", engine.DefineEventType}, {"attributes", engine.DefineAttribute}, {"groups", engine.DefineGroup},
	{"ladders", engine.DefineLadder}, {"rewards", engine.DefineReward}, {"templates", engine.DefineTemplate},
	{"channels", engine.DefineChannel}, {"segments", engine.DefineSegment},
}

func (x *exporter) gather(cmd *cobra.Command, core *app.Core, workspace string) error {
	who := service.Caller{Workspace: workspace, By: "command line", Now: engine.TimeOf(time.Now()), Personal: true}
	list, err := core.Service.Rules.List(cmd.Context(), who, service.RuleFilter{})
	if err != nil {
		return err
	}
	var names, drafts []string
	for _, r := range list {
		s := r.Stored
		full := s.State() == rules.StateLive && !s.Live.Shadow && (s.Live.Percent == 0 || s.Live.Percent == 100)
		if full {
			names = append(names, x.add(r.Key, s.Live.Document))
		}
		if !full || s.Draft != "" {
			drafts = append(drafts, x.add(r.Key+draftMark, s.Document()))
		}
	}
	var pack bytes.Buffer
	pack.WriteString("key: workspace\ntitle: {en: A workspace, zh: 空间}\n")
	if err := requirements(cmd, core, who, &pack); err != nil {
		return err
	}
	fmt.Fprintf(&pack, "rules: [%s]\n", strings.Join(names, ", "))
	if drafts != nil {
		fmt.Fprintf(&pack, "drafts: [%s]\n", strings.Join(drafts, ", "))
	}
	x.files = append([]exported{{rules.PackFile, pack.Bytes()}}, x.files...)
	return nil
}

// add keeps a document, byte for byte, under the name that its key and notation
// make. Rules are what is live for everybody; all else is a draft, so that
// applying it elsewhere starts nothing.
func (x *exporter) add(key, document string) (name string) {
	name = key + ".yaml"
	if strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(document, "\ufeff")), "{") {
		name = key + ".json"
	}
	x.files = append(x.files, exported{name, []byte(document)})
	return name
}

// requirements writes the definitions that somebody wrote; JSON is YAML too.
func requirements(cmd *cobra.Command, core *app.Core, who service.Caller, out *bytes.Buffer) error {
	var all bytes.Buffer
	for _, s := range exportedKinds {
		list, err := core.Service.Definitions.List(cmd.Context(), who, s.kind)
		if err != nil {
			return err
		}
		begun := false
		for _, d := range list {
			if d.Revision == 0 { // built in
				continue
			}
			if !begun {
				fmt.Fprintf(&all, "  %s:\n", s.section)
				begun = true
			}
			body, err := canonical(d.Body)
			if err != nil {
				return fmt.Errorf("%s %s: %w", d.Kind, d.Key, err)
			}
			fmt.Fprintf(&all, "    - %s\n", body)
		}
	}
	if all.Len() > 0 {
		out.WriteString("requires:\n")
		out.Write(all.Bytes())
	}
	return nil
}

// canonical writes JSON one way: fields in order, nothing escaped that need not be.
func canonical(body []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

func (x *exporter) write() error {
	if err := os.MkdirAll(x.folder, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	for _, f := range x.files {
		if _, err := os.Stat(filepath.Join(x.folder, f.name)); !x.force && !errors.Is(err, fs.ErrNotExist) {
			return usage(fmt.Sprintf("%s is there already; --force writes over it", filepath.Join(x.folder, f.name)),
				fmt.Sprintf("%s 已存在，可用 --force 覆盖", filepath.Join(x.folder, f.name)))
		}
	}
	for _, f := range x.files {
		if err := os.WriteFile(filepath.Join(x.folder, f.name), f.content, 0o644); err != nil {
			return fmt.Errorf("write the pack: %w", err)
		}
	}
	return nil
}
