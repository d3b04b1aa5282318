package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bylaw-dev/bylaw/engine/spelling"
	"github.com/bylaw-dev/bylaw/server/config"
)

// commands lists every command of the program. A new one is a function here and
// a file of its own.
func (p *program) commands() []*cobra.Command {
	return []*cobra.Command{
		p.serve(), p.migrate(), p.doctor(), p.healthcheck(), p.verify(),
		p.token(), p.user(), p.workspace(), p.rules(), p.event(), p.whyMember(), p.plugin(),
		p.backup(), p.restore(), p.exporting(), p.importing(), p.bundle(), p.erase(), p.config(), p.version(), p.bench(),
	}
}

// shared are the settings that every command takes as flags; serving takes all.
var shared = []string{"data-dir", "database", "log-level", "log-format"}

func (p *program) root() *cobra.Command {
	serve := p.serve()
	root := &cobra.Command{
		Use:           "bylaw",
		Short:         p.say("Run a community by its own written rules", "群规：按成文规则运营社群"),
		Long:          p.say("Bylaw runs a community by its own written rules. Without a command it serves.", "群规（Bylaw）按成文规则运营社群。不带命令时启动服务。"),
		SilenceErrors: true, SilenceUsage: true,
		Args: p.noCommand,
		RunE: serve.RunE,
	}
	root.SetFlagErrorFunc(p.flagError)
	root.PersistentFlags().StringVar(&p.file, "config", "", p.say("settings file (YAML); BYLAW_CONFIG too", "设置文件（YAML），也可用 BYLAW_CONFIG"))
	root.PersistentFlags().BoolVar(&p.json, "json", false, p.say("print JSON", "以 JSON 输出"))
	p.settingFlags(root.PersistentFlags(), shared...)
	p.serveFlags(root.Flags())
	root.AddCommand(p.commands()...)
	p.speak(root)
	return root
}

// serveFlags adds the settings that matter to a server alone.
func (p *program) serveFlags(flags *pflag.FlagSet) {
	for i := range config.Table {
		if s := &config.Table[i]; !s.Secret && flags.Lookup(s.Name) == nil && !contains(shared, s.Name) {
			p.settingFlags(flags, s.Name)
		}
	}
}

// settingFlags makes flags of settings.
func (p *program) settingFlags(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		s := config.Find(name)
		f := flags.VarPF(&settingValue{text: s.Default, kind: s.Kind}, s.Name, "", s.About.In(p.lang))
		if s.Kind == config.Bool {
			f.NoOptDefVal = "true"
		}
	}
}

// settingValue keeps a flag's text; package config checks it.
type settingValue struct {
	text string
	kind config.Kind
}

// String gives the text.
func (v *settingValue) String() string { return v.text }

// Set keeps the text.
func (v *settingValue) Set(text string) error {
	v.text = text
	return nil
}

// Type names the kind, for help.
func (v *settingValue) Type() string {
	if v.kind == config.Bool {
		return "bool" // pflag then shows it as a switch
	}
	return string(v.kind)
}

// noCommand refuses what is neither a flag nor a command.
func (p *program) noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return unknown(cmd, "command", "命令", args[0], names)
}

// group makes a command that only has commands below it.
func (p *program) group(use, en, zh string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: p.say(en, zh), Args: p.noCommand, RunE: func(cmd *cobra.Command, _ []string) error {
		return cmd.Help()
	}}
	c.AddCommand(below...)
	return c
}

// flagError says what is wrong with a flag: it does not exist, and another may be
// meant; or its value is not there, or not one.
func (p *program) flagError(cmd *cobra.Command, err error) error {
	var absent *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	switch {
	case errors.As(err, &absent) && absent.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		return unknown(cmd, "flag", "参数", "--"+absent.GetSpecifiedName(), names)
	case errors.As(err, &absent):
		return unknown(cmd, "flag", "参数", "-"+absent.GetSpecifiedShortnames(), nil)
	case errors.As(err, &empty):
		f := empty.GetFlag()
		return usage(fmt.Sprintf("--%s needs a value: %s", f.Name, f.Usage), fmt.Sprintf("--%s 缺少值：%s", f.Name, f.Usage))
	case errors.As(err, &wrong):
		f := wrong.GetFlag()
		return usage(fmt.Sprintf("--%s cannot be %q: %s", f.Name, wrong.GetValue(), f.Usage), fmt.Sprintf("--%s 不能是 %q：%s", f.Name, wrong.GetValue(), f.Usage))
	}
	return usage(err.Error(), err.Error())
}

// unknown names a word that means nothing to a command, and the one that may be meant.
func unknown(cmd *cobra.Command, en, zh, word string, known []string) error {
	e := fmt.Sprintf("there is no %s %q", en, word)
	z := fmt.Sprintf("没有%s %q", zh, word)
	if near := spelling.Nearest(word, known); near != "" {
		return usage(fmt.Sprintf("%s; did you mean %q?", e, near), fmt.Sprintf("%s，是不是想写 %q？", z, near))
	}
	help := cmd.CommandPath() + " --help"
	return usage(e+"; see "+help, z+"，参见 "+help)
}

func contains(list []string, word string) bool {
	for _, x := range list {
		if x == word {
			return true
		}
	}
	return false
}
