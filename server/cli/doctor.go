package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/config"
)

// examined is what the doctor says of one thing.
type examined struct {
	Name   string      `json:"name"`
	OK     bool        `json:"ok"`
	Found  engine.Text `json:"found"`
	Mend   engine.Text `json:"mend,omitzero"` // what to do about it
	absent bool        // what is needed cannot be reached
}

// check looks at one thing.
type check func(ctx context.Context, s *config.Loaded) examined

// doctor looks at everything that a server needs and says what to mend.
func (p *program) doctor() *cobra.Command {
	c := &cobra.Command{
		Use: "doctor", Args: p.args(0), Short: p.say("Say what is wrong with this set-up and how to mend it", "诊断安装问题并给出修复办法"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := p.settings(cmd)
			if err != nil {
				return err
			}
			var all []examined
			for _, look := range checks {
				ctx, cancel := context.WithTimeout(cmd.Context(), 15*time.Second)
				all = append(all, look(ctx, loaded))
				cancel()
			}
			return p.diagnosis(all)
		},
	}
	p.serveFlags(c.Flags())
	return c
}

func (p *program) diagnosis(all []examined) error {
	wrong, absent := 0, false
	for _, x := range all {
		if !x.OK {
			wrong++
			absent = absent || x.absent
		}
		if p.json {
			continue
		}
		fmt.Fprintf(p.out, "%s %-10s %s\n", p.mark(x.OK), x.Name, x.Found.In(p.lang))
		if !x.OK && x.Mend != (engine.Text{}) {
			fmt.Fprintf(p.out, "                %s\n", x.Mend.In(p.lang))
		}
	}
	if p.json {
		if err := p.printJSON(all); err != nil {
			return err
		}
	}
	if wrong == 0 {
		return nil
	}
	p.note(fmt.Sprintf("%d of %d things are wrong", wrong, len(all)), fmt.Sprintf("%d 项检查中有 %d 项不正常", len(all), wrong))
	if absent {
		return &quietlyUnavailable{}
	}
	return errQuiet
}

// quietlyUnavailable ends with exitUnavailable when everything was said.
type quietlyUnavailable struct{}

// Error says so all the same, for logs.
func (*quietlyUnavailable) Error() string { return "something that is needed cannot be reached" }
