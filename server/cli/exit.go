package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/config"
)

// The exit codes.
const (
	exitOK          = 0
	exitProblems    = 1
	exitUsage       = 2
	exitUnavailable = 3
	exitChanges     = 4 // nothing was done, and something would change or differs
)

// usageError is a command used wrongly.
type usageError struct{ text engine.Text }

func (e *usageError) Error() string { return e.text.En }

func usage(en, zh string) error { return &usageError{engine.Text{En: en, Zh: zh}} }

// errQuiet ends a command with exitProblems when everything was said already.
var errQuiet = errors.New("problems were found")

// errChanges ends a command that only looked with exitChanges.
var errChanges = errors.New("something would change")

// exitCode says how a command ended.
func exitCode(err error) int {
	var wrong *usageError
	var settings *config.Error
	var absent *quietlyUnavailable
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errChanges):
		return exitChanges
	case errors.As(err, &wrong), errors.As(err, &settings):
		return exitUsage
	case errors.As(err, &absent):
		return exitUnavailable
	case engine.CodeOf(err) == engine.CodeUnavailable:
		return exitUnavailable
	}
	return exitProblems
}

// explain writes an error for a person: what is wrong, where, and what to do.
func (p *program) explain(err error) {
	var wrong *usageError
	var settings *config.Error
	var known *engine.Error
	switch {
	case err == nil, exitedQuietly(err):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(p.err, p.say("stopped", "已中止"))
	case errors.As(err, &wrong):
		fmt.Fprintln(p.err, wrong.text.In(p.lang))
	case errors.As(err, &settings):
		fmt.Fprintln(p.err, p.say("the settings are wrong:", "设置有误："))
		fmt.Fprintln(p.err, settings.In(p.lang))
	case errors.As(err, &known):
		p.explainKnown(known, err)
	default:
		fmt.Fprintln(p.err, p.say("error: ", "错误：")+err.Error())
	}
}

// exitedQuietly is whether everything was said already.
func exitedQuietly(err error) bool {
	var absent *quietlyUnavailable
	return errors.Is(err, errQuiet) || errors.Is(err, errChanges) || errors.As(err, &absent)
}

func (p *program) explainKnown(known *engine.Error, err error) {
	fmt.Fprintln(p.err, p.say("error: ", "错误：")+known.Message.In(p.lang))
	for _, x := range known.Problems {
		line := "  "
		if x.Path != "" {
			line += x.Path + ": "
		}
		line += x.Message.In(p.lang)
		if hint := x.Hint.In(p.lang); hint != "" {
			line += " (" + hint + ")"
		}
		fmt.Fprintln(p.err, line)
	}
	if known.Err != nil {
		fmt.Fprintf(p.err, "  %v\n", err)
	}
}
