package demo

import (
	"math"
	"math/rand/v2"
)

// dice is chance that can be thrown again: everything random comes from here.
type dice struct{ *rand.Rand }

func newDice(stream uint64) dice { return dice{rand.New(rand.NewPCG(Seed, stream))} }

// chance is true with a probability.
func (d dice) chance(p float64) bool { return d.Float64() < p }

// between gives a number of [low, high].
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// spread gives a number around mean, at least a third of it and rarely more than
// three times.
func (d dice) spread(mean float64) float64 {
	return mean * math.Exp(max(-1.1, min(1.3, d.NormFloat64()*0.5)))
}

// heavy gives mostly small numbers around 1 and now and then a very large one.
func (d dice) heavy() float64 { return math.Min(60, math.Pow(1-d.Float64(), -0.8)-0.6) }

// poisson is how often something happens that is expected so many times.
func (d dice) poisson(expected float64) int {
	if expected > 30 {
		return max(0, int(math.Round(expected+math.Sqrt(expected)*d.NormFloat64())))
	}
	limit, p, n := math.Exp(-expected), 1.0, 0
	for p *= d.Float64(); p > limit; p *= d.Float64() {
		n++
	}
	return n
}

// lifetime is a number of days, on average mean.
func (d dice) lifetime(mean float64) int { return 1 + int(d.ExpFloat64()*mean) }

// weigh picks an index by weights.
func (d dice) weigh(weights ...float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := d.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// one picks evenly.
func one[T any](d dice, list []T) T { return list[d.IntN(len(list))] }
