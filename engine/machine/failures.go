package machine

import (
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// MaxFailures is after how many failures in a row a rule is paused.
const MaxFailures = 5

// FailurePrefix begins the keys of the marks that count failures in a row.
const FailurePrefix = "fail|"

// FailureKey is the mark that counts a live rule's failures in a row.
func FailureKey(r *engine.Rule) string { return failKey(r) }

// failed stores a rule error, counts it, and pauses the rule when it keeps failing.
func (t *turn) failed(d *ruling, cause error) error {
	t.fails(d, cause)
	t.store(d)
	return nil
}

// fails turns a ruling into a rule error, which the caller stores.
func (t *turn) fails(d *ruling, cause error) {
	d.Outcome, d.Reason, d.Detail = engine.OutcomeError, engine.RuleError, cause.Error()
	key := failKey(d.rule)
	n := t.cache.failing[key] + 1
	t.cache.failing[key] = n
	t.setCounter(key, n)
	if n == MaxFailures {
		t.item(d.at, engine.Item{Kind: "task", State: "open", Rule: d.rule.Key, Owner: "operators"}, map[string]any{
			"text": engine.Text{
				En: fmt.Sprintf("rule %q was paused after %d failures in a row: %v", d.rule.Key, MaxFailures, cause),
				Zh: fmt.Sprintf("规则“%s”连续失败 %d 次，已暂停：%v", d.rule.Key, MaxFailures, cause)},
			"reason": "rule_paused"})
	}
}

// succeeded ends a row of failures: the rule decided without an error.
func (t *turn) succeeded(r *engine.Rule) {
	if len(t.cache.failing) == 0 {
		return
	}
	if key := failKey(r); t.cache.failing[key] > 0 {
		delete(t.cache.failing, key)
		t.setMark(key, nil)
	}
}

// failKey counts the failures of a version since it went live: publishing or
// resuming a rule starts afresh.
func failKey(r *engine.Rule) string {
	return FailurePrefix + r.Key + "|" + strconv.Itoa(r.Version) + "|" + strconv.FormatInt(r.LiveFrom, 10)
}

// paused is whether a rule failed too often in a row.
func (t *turn) paused(r *engine.Rule) bool {
	return len(t.cache.failing) > 0 && t.cache.failing[failKey(r)] >= MaxFailures
}

// loadFailures reads how often each rule failed in a row, which is asked at
// every decision.
func (t *turn) loadFailures() error {
	if t.cache.failing != nil {
		return nil
	}
	keys := make([]engine.RecordKey, len(t.view.rules))
	for i, r := range t.view.rules {
		keys[i] = engine.RecordKey{Kind: engine.MarkRecord, Key: failKey(r)}
	}
	if err := t.ensure(keys); err != nil {
		return err
	}
	t.cache.failing = map[string]int64{}
	for _, k := range keys {
		n, err := t.counter(k.Key)
		if err != nil {
			return err
		}
		if n > 0 {
			t.cache.failing[k.Key] = n
		}
	}
	return nil
}
