package cli

import (
	"strings"
	"testing"
)

func TestEraseAsksFirstAndLeavesNothingOfThePerson(t *testing.T) {
	s := at(t)
	s.must(t, "token", "create")
	if r := s.run(t, "erase", "app:zoe"); r.code == exitOK || !strings.Contains(r.err, "--yes") {
		t.Errorf("erasing without --yes: %+v", r)
	}
	if r := s.run(t, "erase", "app:nobody", "--yes"); r.code == exitOK || !strings.Contains(r.err, "app:nobody") {
		t.Errorf("erasing somebody who is not there: %+v", r)
	}
}
