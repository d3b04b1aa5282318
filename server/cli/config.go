package cli

import "github.com/spf13/cobra"

// config shows the settings in force.
func (p *program) config() *cobra.Command {
	show := &cobra.Command{
		Use: "print", Short: p.say("Show every setting in force and where it comes from", "列出所有生效的设置及其来源"), Args: p.args(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := p.settings(cmd)
			if err != nil {
				return err
			}
			all := loaded.Show(p.lang)
			if p.json {
				return p.printJSON(all)
			}
			rows := [][]string{{p.say("SETTING", "设置"), p.say("VALUE", "值"), p.say("FROM", "来源"), p.say("ENVIRONMENT", "环境变量"), p.say("MEANING", "含义")}}
			for _, s := range all {
				rows = append(rows, []string{s.Name, orDash(s.Value), s.Origin, s.Env, s.About})
			}
			return p.table(rows)
		},
	}
	p.serveFlags(show.Flags())
	return p.group("config", "Settings", "设置", show)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
