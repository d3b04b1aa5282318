package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/plugins/channels"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/plugins/scaffold"
)

// plugin makes, installs and trusts channel plugins.
func (p *program) plugin() *cobra.Command {
	return p.group("plugin", "Channel plugins", "渠道插件", p.pluginNew(), p.pluginDev(), p.pluginTest(), p.pluginPack(), p.pluginInstall(), p.pluginTrust(), p.pluginList())
}

func (p *program) pluginNew() *cobra.Command {
	var o scaffold.Options
	c := &cobra.Command{Use: "new <id>", Args: p.args(1), Short: p.say("Begin a new plugin in a folder of its own", "在新目录中创建插件"),
		RunE: func(_ *cobra.Command, args []string) error {
			o.ID = args[0]
			if err := host.CheckID(o.ID); err != nil {
				return err
			}
			if o.Dir == "" {
				o.Dir = o.ID
			}
			if entries, err := os.ReadDir(o.Dir); err == nil && len(entries) > 0 {
				return usage(o.Dir+" is not empty: name another folder with --dir", o.Dir+" 不是空目录：请用 --dir 换一个目录")
			}
			files, err := scaffold.New(o)
			if err != nil {
				return err
			}
			for i, f := range files {
				files[i] = filepath.Join(o.Dir, f)
			}
			if err := p.wrote(files...); err != nil {
				return err
			}
			p.note(fmt.Sprintf("next: bylaw plugin test %s; then bylaw plugin install %s", o.Dir, o.Dir), fmt.Sprintf("下一步：bylaw plugin test %s；然后 bylaw plugin install %s", o.Dir, o.Dir))
			return nil
		}}
	c.Flags().StringVar(&o.Dir, "dir", "", p.say("the folder; the id when empty", "目录，默认为 id"))
	c.Flags().StringVar(&o.Module, "module", "", p.say("its Go module path", "Go 模块路径"))
	c.Flags().StringVar(&o.Bylaw, "bylaw", "", p.say("version of Bylaw to build against", "依赖的群规版本"))
	c.Flags().StringVar(&o.Replace, "replace", "", p.say("a local copy of Bylaw to build against", "依赖的本地群规源码"))
	return c
}

func (p *program) pluginTest() *cobra.Command {
	return &cobra.Command{Use: "test [folder]", Args: p.atMost(1), Short: p.say("Run a plugin's tests, the channel contract among them", "运行插件的测试，包括渠道契约测试"),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := pluginFolder(args)
			if err != nil {
				return err
			}
			test := exec.CommandContext(cmd.Context(), "go", "test", "-mod=mod", "./...")
			test.Dir = folder
			test.Stdout, test.Stderr = p.out, p.err
			test.Env = append(os.Environ(), "GOWORK=off")
			if err := test.Run(); err != nil {
				p.note("the plugin's tests fail, see above", "插件的测试未通过，详见上文")
				return errQuiet
			}
			return nil
		}}
}

func (p *program) pluginPack() *cobra.Command {
	var out string
	c := &cobra.Command{Use: "pack [folder]", Args: p.atMost(1), Short: p.say("Build a plugin into a folder that can be installed", "构建可安装的插件目录"),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := pluginFolder(args)
			if err != nil {
				return err
			}
			dir, err := scaffold.Pack(cmd.Context(), folder, out)
			if err != nil {
				return err
			}
			return p.wrote(dir)
		}}
	c.Flags().StringVar(&out, "out", "dist", p.say("where to put it", "输出位置"))
	return c
}

func (p *program) pluginInstall() *cobra.Command {
	return &cobra.Command{Use: "install [folder]", Args: p.atMost(1), Short: p.say("Build a plugin into the data folder; it runs once it is trusted", "构建并安装到数据目录；信任后方可运行"),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, err := p.settings(cmd)
			if err != nil {
				return err
			}
			folder, err := pluginFolder(args)
			if err != nil {
				return err
			}
			dir, err := scaffold.Install(cmd.Context(), folder, loaded.DataDir)
			if err != nil {
				return err
			}
			return p.wrote(dir)
		}}
}

func (p *program) pluginTrust() *cobra.Command {
	var revoke bool
	c := &cobra.Command{Use: "trust <id[@version]>", Args: p.args(1), Short: p.say("Let an installed plugin run, exactly as its files are now", "信任已安装的插件（以其当前文件为准）"),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, err := p.settings(cmd)
			if err != nil {
				return err
			}
			if revoke {
				return p.distrust(loaded.DataDir, args[0])
			}
			t, err := host.Trust(loaded.DataDir, args[0])
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(t)
			}
			_, err = fmt.Fprintf(p.out, "%s %s sha256:%s\n", t.ID, t.Version, t.SHA256)
			return err
		}}
	c.Flags().BoolVar(&revoke, "revoke", false, p.say("take the permission back", "撤销信任"))
	return c
}

func (p *program) distrust(dataDir, plugin string) error {
	id, version := plugin, ""
	for i, r := range plugin {
		if r == '@' {
			id, version = plugin[:i], plugin[i+1:]
			break
		}
	}
	return host.Distrust(dataDir, id, version)
}

// listedPlugin is one line of `plugin list`.
type listedPlugin struct {
	ID      string `json:"id"`
	Version string `json:"version,omitempty"`
	State   string `json:"state"` // bundled, trusted or refused
	Problem string `json:"problem,omitempty"`
}

func (p *program) pluginList() *cobra.Command {
	return &cobra.Command{Use: "list", Args: p.args(0), Short: p.say("Show the plugins of this server", "列出本服务器的插件"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := p.settings(cmd)
			if err != nil {
				return err
			}
			installed, err := host.Discover(loaded.DataDir)
			if err != nil {
				return err
			}
			var all []listedPlugin
			for _, id := range channels.IDs() {
				all = append(all, listedPlugin{ID: id, State: "bundled"})
			}
			for _, i := range installed {
				one := listedPlugin{ID: i.ID, Version: i.Version, State: "trusted", Problem: i.Said.In(p.lang)}
				if !i.Trusted {
					one.State = "refused"
				}
				all = append(all, one)
			}
			if p.json {
				return p.printJSON(all)
			}
			rows := [][]string{{"ID", p.say("VERSION", "版本"), p.say("STATE", "状态"), p.say("PROBLEM", "问题")}}
			for _, x := range all {
				rows = append(rows, []string{x.ID, orDash(x.Version), x.State, x.Problem})
			}
			return p.table(rows)
		}}
}
