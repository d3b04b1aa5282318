package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/bylaw-dev/bylaw/server/config"
)

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      []string // os.Environ()
}

// program is one run of the command line.
type program struct {
	in       io.Reader
	out, err io.Writer
	env      []string
	lang     string // zh or en
	json     bool
	file     string // --config
}

// Run runs one command and gives its exit code. args are without the program's name.
func Run(ctx context.Context, args []string, s Streams) int {
	p := &program{in: s.In, out: s.Out, err: s.Err, env: s.Env}
	p.lang = p.language()
	root := p.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	p.explain(err)
	return exitCode(err)
}

// say picks a text by language.
func (p *program) say(en, zh string) string {
	if p.lang == "zh" {
		return zh
	}
	return en
}

// language is that of the environment, as every other program finds it.
func (p *program) language() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := p.getenv(name); v != "" {
			if strings.HasPrefix(v, "zh") {
				return "zh"
			}
			return "en"
		}
	}
	return "en"
}

func (p *program) getenv(name string) string {
	for i := len(p.env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(p.env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// settings reads the settings for a command, from those of its flags that are one.
func (p *program) settings(cmd *cobra.Command) (*config.Loaded, error) {
	flags := map[string]string{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if config.Find(f.Name) != nil {
			flags[f.Name] = f.Value.String()
		}
	})
	return config.Load(config.Sources{Flags: flags, Env: p.env, File: p.file})
}

// printJSON writes a value as indented JSON.
func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// wrote lists files or folders that a command has written.
func (p *program) wrote(paths ...string) error {
	if p.json {
		return p.printJSON(map[string][]string{"wrote": paths})
	}
	_, err := fmt.Fprintln(p.out, strings.Join(paths, "\n"))
	return err
}

// table writes rows in columns; the first row is the head.
func (p *program) table(rows [][]string) error {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return w.Flush()
}

// note tells a person how things go, on stderr.
func (p *program) note(en, zh string) { fmt.Fprintln(p.err, p.say(en, zh)) }

// terminal is whether a stream is one that a person watches.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// color is whether stdout may have colours.
func (p *program) color() bool { return terminal(p.out) && p.getenv("NO_COLOR") == "" }

// mark is a tick or a cross, coloured where colours may be.
func (p *program) mark(ok bool) string {
	text, code := "ok  ", "32"
	if !ok {
		text, code = "FAIL", "31"
	}
	if p.color() {
		return "\x1b[" + code + "m" + text + "\x1b[0m"
	}
	return text
}
