package spelling

import (
	"math/rand"
	"testing"
)

// plainDistance is the textbook's, without a band or a limit.
func plainDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range y {
		d[0][j+1] = j + 1
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}

// TestDistance: within the limit the distance is exact, beyond it only "more".
func TestDistance(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	word := func() string {
		b := make([]byte, r.Intn(9))
		for i := range b {
			b[i] = "abc"[r.Intn(3)]
		}
		return string(b)
	}
	for range 50_000 {
		a, b, limit := word(), word(), r.Intn(5)
		want := min(plainDistance(a, b), limit+1)
		if got := min(distance(a, b, limit), limit+1); got != want {
			t.Fatalf("%q and %q within %d: %d, not %d", a, b, limit, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"teir": "tier", "ture": "true", "Tier": "tier", "x": "", "y": "", "": "", "rank": "", "poinst": "points", "层极": "层级"} {
		if got := Nearest(word, []string{"tier", "true", "rank", "points", "层级"}); got != want {
			t.Errorf("%s: %q, not %q", word, got, want)
		}
	}
}
