package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// speak has what the library of commands says by itself in the reader's language.
func (p *program) speak(root *cobra.Command) {
	root.CompletionOptions.DisableDefaultCmd = true // ours speaks both languages
	root.SetHelpCommand(p.help())
	root.AddCommand(p.completion())
	if p.lang == "zh" {
		root.SetUsageTemplate(strings.NewReplacer(
			"Usage:", "用法：", "Examples:", "示例：", "Available Commands:", "命令：", "Global Flags:", "通用参数：", "Flags:", "参数：",
			`Use "{{.CommandPath}} [command] --help" for more information about a command.`, "{{.CommandPath}} [command] --help 可查看各命令的用法。",
		).Replace(root.UsageTemplate()))
	}
	p.helpFlags(root)
}

// helpFlags explains --help of commands and of all below them.
func (p *program) helpFlags(commands ...*cobra.Command) {
	for _, c := range commands {
		c.InitDefaultHelpFlag()
		c.Flags().Lookup("help").Usage = p.say("how to use it", "查看用法")
		p.helpFlags(c.Commands()...)
	}
}

// help shows how a command is used, as --help behind it does.
func (p *program) help() *cobra.Command {
	c := &cobra.Command{Use: "help [command]", Short: p.say("Show how a command is used", "查看命令的用法")}
	c.RunE = func(c *cobra.Command, args []string) error {
		found, rest, err := c.Root().Find(args)
		if err != nil {
			return err
		}
		if len(rest) > 0 {
			return p.noCommand(found, rest)
		}
		return found.Help()
	}
	c.ValidArgsFunction = func(c *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
		if found, rest, err := c.Root().Find(args); err == nil && len(rest) == 0 {
			for _, below := range found.Commands() {
				names = append(names, cobra.CompletionWithDesc(below.Name(), below.Short))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return c
}

// shells are those that commands can be completed in, and how each loads the script.
var shells = []struct{ name, load string }{
	{"bash", `source <(bylaw completion bash)`},
	{"zsh", `source <(bylaw completion zsh)`},
	{"fish", `bylaw completion fish | source`},
	{"powershell", `bylaw completion powershell | Out-String | Invoke-Expression`},
}

// completion prints the script by which a shell completes commands and flags.
func (p *program) completion() *cobra.Command {
	var names, loads []string
	for _, s := range shells {
		names = append(names, s.name)
		loads = append(loads, fmt.Sprintf("  %-10s  %s", s.name, s.load))
	}
	c := &cobra.Command{Use: "completion <" + strings.Join(names, "|") + ">", ValidArgs: names, Args: p.args(1),
		Short: p.say("Print the script by which a shell completes commands", "输出用于补全命令的 shell 脚本"),
		Long: p.say("Print the script by which a shell completes commands and flags. To load it in every new shell, put the line for yours into its start-up file:",
			"输出用于补全命令与参数的 shell 脚本。要在每个新终端中生效，请把对应的一行写入其启动文件：") + "\n\n" + strings.Join(loads, "\n")}
	c.RunE = func(c *cobra.Command, args []string) error {
		switch args[0] {
		case "bash":
			return c.Root().GenBashCompletionV2(p.out, true)
		case "zsh":
			return c.Root().GenZshCompletion(p.out)
		case "fish":
			return c.Root().GenFishCompletion(p.out, true)
		case "powershell":
			return c.Root().GenPowerShellCompletionWithDesc(p.out)
		}
		return unknown(c, "shell", "终端", args[0], names)
	}
	return c
}
