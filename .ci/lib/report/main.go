// Report reads `go test -json` and makes it readable: a line for each package, the output of what failed, and nothing of
// what passed. It appends one line per test to a results file, which the last lines of a run are counted from.
//
//	go test -json ./... | report results.txt
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ./... | report results.txt")
		os.Exit(2)
	}
	results, err := os.OpenFile(os.Args[1], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
	r := newReport(os.Stdout, results)
	r.read(os.Stdin)
	if err := results.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
	if r.failed {
		os.Exit(1)
	}
}

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string
	Elapsed                                                float64
}

// report is what is known of the tests while they run.
type report struct {
	out, results io.Writer
	failed       bool
	outputs      map[string]*strings.Builder // of a test, a package or a build that has not ended
	ended        map[string][]ending         // by package
}

type ending struct{ test, action string }

func newReport(out, results io.Writer) *report {
	return &report{out: out, results: results, outputs: map[string]*strings.Builder{}, ended: map[string][]ending{}}
}

func (r *report) read(lines io.Reader) {
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var e event
		if json.Unmarshal(scanner.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(r.out, scanner.Text()) // not of the tests: go's own word
			continue
		}
		r.take(e)
	}
	if err := scanner.Err(); err != nil {
		r.failed = true
		fmt.Fprintln(r.out, "report: read the tests' output:", err)
	}
}

func (r *report) take(e event) {
	switch e.Action {
	case "output":
		r.keep(e.Package+" "+e.Test, e.Output)
	case "build-output":
		r.keep("build "+e.ImportPath, e.Output)
	case "pass", "fail", "skip":
		if e.Test != "" {
			r.endTest(e)
		} else {
			r.endPackage(e)
		}
	}
}

func (r *report) keep(key, output string) {
	if r.outputs[key] == nil {
		r.outputs[key] = &strings.Builder{}
	}
	r.outputs[key].WriteString(output)
	if _, engine, ok := strings.Cut(output, ": engine: "); ok { // from dbtest's own test
		fmt.Fprintf(r.results, "engine %s\n", strings.TrimSpace(engine))
	}
}

func (r *report) endTest(e event) {
	key := e.Package + " " + e.Test
	if e.Action != "pass" {
		r.print(key)
	}
	delete(r.outputs, key)
	r.ended[e.Package] = append(r.ended[e.Package], ending{e.Test, e.Action})
}

func (r *report) print(key string) {
	if output := r.outputs[key]; output != nil {
		fmt.Fprint(r.out, output.String())
	}
}

// endPackage counts the package's tests. A package that fails while none of its tests does (it cannot be built, it
// panicked, it ran out of time) is one failure itself.
func (r *report) endPackage(e event) {
	counts := map[string]int{}
	tests := r.ended[e.Package]
	for _, test := range leaves(tests) {
		counts[test.action]++
		fmt.Fprintf(r.results, "%s %s %s\n", test.action, e.Package, test.test)
	}
	if e.Action == "fail" {
		r.failed = true
		r.print("build " + e.FailedBuild)
		if counts["fail"] == 0 {
			r.print(e.Package + " ")
			r.unended(e.Package)
			counts["fail"]++
			fmt.Fprintf(r.results, "fail %s\n", e.Package)
		}
	}
	delete(r.outputs, e.Package+" ")
	delete(r.ended, e.Package)
	if len(tests) > 0 || e.Action == "fail" {
		fmt.Fprintf(r.out, "%-5s%-60s %4d passed %3d failed %3d skipped %7.1fs\n", e.Action, e.Package,
			counts["pass"], counts["fail"], counts["skip"], e.Elapsed)
	}
}

// shown bounds what is shown of a test that did not end: its last words are followed by every goroutine there is.
const shown = 20_000

// unended prints what the tests said that were under way when their package ended: the one that panicked, or that the
// time limit found, is among them.
func (r *report) unended(pkg string) {
	for _, key := range slices.Sorted(maps.Keys(r.outputs)) {
		if test, ok := strings.CutPrefix(key, pkg+" "); ok && test != "" {
			output := r.outputs[key].String()
			fmt.Fprint(r.out, output[:min(len(output), shown)])
			delete(r.outputs, key)
		}
	}
}

// leaves are the tests without subtests, and those that failed while their subtests did not.
func leaves(tests []ending) []ending {
	children := map[string]string{} // the worst of a test's subtests
	for _, test := range tests {
		for at := strings.LastIndex(test.test, "/"); at > 0; at = strings.LastIndex(test.test[:at], "/") {
			if parent := test.test[:at]; children[parent] != "fail" {
				children[parent] = test.action
			}
		}
	}
	var found []ending
	for _, test := range tests {
		worst, isParent := children[test.test]
		if !isParent || test.action == "fail" && worst != "fail" {
			found = append(found, test)
		}
	}
	return found
}
