package machine

import (
	"container/heap"

	"github.com/bylaw-dev/bylaw/engine"
)

// timerQueue are the timers that are set, by when they are due.
type timerQueue struct {
	heap timerHeap
	due  map[string]engine.Time // by key: a timer set again counts for its newest time
}

type timerHeap []engine.Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	return h[i].Due < h[j].Due || h[i].Due == h[j].Due && h[i].Key < h[j].Key
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(engine.Timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (q *timerQueue) clone() timerQueue {
	c := timerQueue{heap: append(timerHeap(nil), q.heap...), due: make(map[string]engine.Time, len(q.due))}
	for key, due := range q.due {
		c.due[key] = due
	}
	return c
}

// change takes in what a turn set and what rang in it.
func (q *timerQueue) change(c *engine.Changes) {
	for _, t := range c.TimersDone {
		if q.due[t.Key] == t.Due {
			delete(q.due, t.Key)
		}
	}
	for _, t := range c.Timers {
		q.due[t.Key] = t.Due
		heap.Push(&q.heap, t)
	}
}

// next is when the first timer is due; 0 when none is set.
func (q *timerQueue) next() engine.Time {
	for len(q.heap) > 0 {
		if x := q.heap[0]; q.due[x.Key] == x.Due {
			return x.Due
		}
		heap.Pop(&q.heap) // it rang, or was set again
	}
	return 0
}

// pop takes the first timer off; next must have found one.
func (q *timerQueue) pop() engine.Timer {
	x := heap.Pop(&q.heap).(engine.Timer)
	delete(q.due, x.Key)
	return x
}
