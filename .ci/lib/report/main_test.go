package main

import (
	"strings"
	"testing"
)

func run(lines string) (r *report, out, results string) {
	var shown, kept strings.Builder
	r = newReport(&shown, &kept)
	r.read(strings.NewReader(lines))
	return r, shown.String(), kept.String()
}

func TestCountsLeaves(t *testing.T) {
	r, out, results := run(`
{"Action":"output","Package":"p","Test":"A/mysql","Output":"    x_test.go:1: engine: mysql 9.7\n"}
{"Action":"output","Package":"p","Test":"A/mysql","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"A/mysql"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"B/x","Output":"loud\n"}
{"Action":"fail","Package":"p","Test":"B/x"}
{"Action":"fail","Package":"p","Test":"B"}
{"Action":"pass","Package":"p","Test":"C/x"}
{"Action":"fail","Package":"p","Test":"C"}
{"Action":"skip","Package":"p","Test":"D"}
{"Action":"fail","Package":"p","Elapsed":1}`)
	want := "engine mysql 9.7\npass p A/mysql\nfail p B/x\npass p C/x\nfail p C\nskip p D\n"
	if results != want {
		t.Errorf("results:\n%s\nwant:\n%s", results, want)
	}
	if !r.failed || !strings.Contains(out, "loud") || strings.Contains(out, "quiet") {
		t.Errorf("failed=%v, shown:\n%s", r.failed, out)
	}
}

func TestBrokenPackageIsAFailure(t *testing.T) {
	r, out, results := run(`
{"ImportPath":"p [p.test]","Action":"build-output","Output":"p.go:1: undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}
{"Action":"output","Package":"q","Output":"panic: late\n"}
{"Action":"fail","Package":"q"}
{"Action":"skip","Package":"no tests"}`)
	if !r.failed || results != "fail p\nfail q\n" || !strings.Contains(out, "undefined: x") || !strings.Contains(out, "panic: late") {
		t.Errorf("failed=%v results=%q shown:\n%s", r.failed, results, out)
	}
}

// TestWhoRanOutOfTimeIsShown: a test that never ended has no line of its own, but its last words are why.
func TestWhoRanOutOfTimeIsShown(t *testing.T) {
	_, out, results := run(`
{"Action":"output","Package":"p","Test":"A","Output":"fine\n"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"output","Package":"p","Test":"Hangs","Output":"panic: test timed out after 20m0s\n"}
{"Action":"output","Package":"pp","Test":"Other","Output":"of another package\n"}
{"Action":"fail","Package":"p","Elapsed":1200}`)
	if results != "pass p A\nfail p\n" || !strings.Contains(out, "timed out") || strings.Contains(out, "fine") || strings.Contains(out, "another") {
		t.Errorf("results=%q shown:\n%s", results, out)
	}
}
