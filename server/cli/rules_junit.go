package cli

import (
	"encoding/xml"
	"fmt"
	"os"
	"strings"

	"github.com/bylaw-dev/bylaw/rules"
)

// The JUnit XML that CI tools read: a suite for each file, a test for each case.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"` // the rule
		File    string        `xml:"file,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit writes what the cases came to.
func (t *tester) junit(path string) error {
	all := junitSuites{Suites: []junitSuite{}}
	for _, v := range t.all {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != v.File {
			all.Suites = append(all.Suites, junitSuite{Name: v.File})
		}
		suite := &all.Suites[len(all.Suites)-1]
		c := junitCase{Name: v.Case, Class: v.Rule, File: v.File}
		if !v.OK {
			c.Failure = &junitFailure{Message: fmt.Sprintf("expected %s, got %s", v.Expected, v.Got), Type: "case",
				Text: strings.TrimSpace(rules.Format(v.File, t.lang, v.Problems))}
			suite.Failures++
			all.Failures++
		}
		suite.Tests++
		all.Tests++
		suite.Cases = append(suite.Cases, c)
	}
	body, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	if err := os.WriteFile(path, append([]byte(xml.Header), append(body, '\n')...), 0o644); err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	return nil
}
