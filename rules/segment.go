package rules

import (
	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules/expression"
)

// CompileSegment compiles a condition over members as segments, member lists
// and audiences have them: without an event and without a group in question.
// The program is nil when a problem is not only a warning.
func CompileSegment(where string, s Scope, table *engine.MetricTable) (*expression.Program, []engine.Problem) {
	v := s.base()
	v.NoGroup = true
	return expression.Compile(where, condition, &v, table)
}
