package machine

import "github.com/bylaw-dev/bylaw/engine/calendar"

// StockKey is the mark that counts what was handed out of a coupon pool.
func StockKey(pool string) string { return keyOf("stock", pool) }

// BudgetKey is the mark that counts what a rule's budget of an account was used
// for in the span (day, week, month, ever) that a local day lies in.
func BudgetKey(rule, account, per string, day calendar.Date) string {
	return keyOf("bud", rule, account) + "|" + spanName(per, day)
}
