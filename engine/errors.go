package engine

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code says what kind of thing went wrong; the API turns it into a status.
type Code string

// The codes.
const (
	CodeInvalid      Code = "invalid"      // 400/422: the input is wrong; Problems name each place
	CodeNotFound     Code = "not_found"    // 404: no such thing in this workspace
	CodeConflict     Code = "conflict"     // 409/412: somebody changed it meanwhile, or the state forbids it
	CodeForbidden    Code = "forbidden"    // 403: the role or scope does not allow it
	CodeUnauthorized Code = "unauthorized" // 401: no or a dead credential
	CodeTooLarge     Code = "too_large"    // 413
	CodeLimited      Code = "rate_limited" // 429: RetryAfter says when
	CodeUnavailable  Code = "unavailable"  // 503: try again after RetryAfter; nothing was stored
	CodeInternal     Code = "internal"     // 500: ours
)

// Problem is one thing wrong with an input and what to do about it.
type Problem struct {
	Code    string `json:"code"`              // stable, e.g. "unknown_field"
	Path    string `json:"path,omitempty"`    // JSON pointer of the field, e.g. "/events/3/at"
	Line    int    `json:"line,omitempty"`    // in a rule document, from 1
	Column  int    `json:"column,omitempty"`  // in runes, from 1
	End     int    `json:"end,omitempty"`     // column after the last rune when on one line, else 0
	Warning bool   `json:"warning,omitempty"` // does not stop a publish
	Message Text   `json:"message"`
	Hint    Text   `json:"hint,omitzero"`
	Fix     Fix    `json:"fix,omitzero"` // an edit that an editor can make; none: To is 0
}

// Fix is an edit of a document: the text takes the place of [From, To), runes
// of the document from 0.
type Fix struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Text string `json:"text"`
}

// Error is an error a caller can act on.
type Error struct {
	Code       Code
	Message    Text
	Problems   []Problem
	RetryAfter time.Duration
	Err        error // the cause, never shown to a caller
}

// Error gives the English message and the first problems, for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code) + ": " + e.Message.En)
	for i, p := range e.Problems {
		if i == 3 {
			fmt.Fprintf(&b, " (and %d more)", len(e.Problems)-i)
			break
		}
		fmt.Fprintf(&b, "; %s %s", p.Path, p.Message.En)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of an error, CodeInternal for one without.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Invalid makes an error of problems; nil when there are none (warnings alone are none).
func Invalid(message Text, problems ...Problem) error {
	for _, p := range problems {
		if !p.Warning {
			return &Error{Code: CodeInvalid, Message: message, Problems: problems}
		}
	}
	return nil
}

// NotFound says that a noun with this key does not exist in the workspace.
func NotFound(noun, key string) error {
	return &Error{Code: CodeNotFound, Message: Text{
		En: fmt.Sprintf("no %s %q here", noun, key),
		Zh: fmt.Sprintf("没有这个%s：%q", cmp.Or(nouns[noun], noun), key),
	}}
}

// Conflict says that the state of things forbids what was asked.
func Conflict(message Text) error { return &Error{Code: CodeConflict, Message: message} }
