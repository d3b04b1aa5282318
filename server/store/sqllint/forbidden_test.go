package sqllint

import (
	"regexp"
	"strings"
)

// rule forbids what matches in the text of a statement, from which comments and quoted text are cut.
type rule struct {
	name    string
	pattern *regexp.Regexp
	because string
}

// forbidden are the constructs that engines understand differently, each as observed on real servers.
var forbidden = []rule{
	{"skip-locked", words(`SKIP\s+LOCKED`), "TiDB accepts it and takes no lock; Galera nodes claim the same rows: claim with a lease (UPDATE ... WHERE epoch = ?)"},
	{"for-share", words(`FOR\s+SHARE|LOCK\s+IN\s+SHARE\s+MODE`), "TiDB refuses it: use FOR UPDATE"},
	{"get-lock", words(`(?:GET|RELEASE|IS_FREE|IS_USED)_LOCK\s*\(`), "Galera's is local to a node: use a lease row"},
	{"returning", words(`RETURNING`), "MySQL and TiDB have none, MariaDB not on UPDATE: make keys in Go"},
	{"as-new", words(`AS\s+NEW\b[\s\S]*ON\s+DUPLICATE`), "MariaDB and TiDB refuse it: use VALUES(column)"},
	{"replace", words(`REPLACE(?:\s+(?:LOW_PRIORITY|DELAYED))?\s+INTO`), "it deletes the row first: use ON DUPLICATE KEY UPDATE"},
	{"insert-ignore", words(`INSERT\s+(?:\w+\s+)?IGNORE`), "it hides errors and stores 0 for NULL: use ON DUPLICATE KEY UPDATE k = k"},
	{"trigger", words(`TRIGGER`), "TiDB has none"},
	{"stored-code", words(`(?:CREATE|DROP)\s+(?:PROCEDURE|FUNCTION|EVENT)|CALL\s`), "what is decided is decided in Go"},
	{"serializable", words(`SERIALIZABLE`), "TiDB refuses it: lock the rows with FOR UPDATE"},
	{"json-arrow", regexp.MustCompile(`->>?`), "MariaDB refuses it: JSON is an opaque column, what is filtered on is a typed one"},
	{"json-function", words(`JSON_\w+\s*\(|MEMBER\s+OF`), "engines differ: JSON is an opaque column, what is filtered on is a typed one"},
	{"check", words(`CHECK\s*\(`), "TiDB does not enforce it: check in Go"},
	{"concat", regexp.MustCompile(`\|\|`), "it means OR outside SQLite: join in Go"},
	{"division", regexp.MustCompile(`[^/*]/[^/*]|\bDIV\b`), "7/2 is 3 on SQLite and 3.5 elsewhere: divide in Go"},
	{"convert-tz", words(`CONVERT_TZ`), "needs tables that few servers have: compute zones in Go"},
	{"now", words(`(?:NOW|SYSDATE|CURDATE|CURTIME|UNIX_TIMESTAMP|UTC_TIMESTAMP)\s*\(|CURRENT_(?:TIMESTAMP|DATE|TIME)`), "time is the event's, given by Go"},
	{"random", words(`(?:RAND|UUID)\s*\(`), "the same log must give the same result: make it in Go"},
	{"fulltext", words(`FULLTEXT|MATCH\s*\(`), "TiDB and SQLite have none such: search elsewhere"},
	{"cascade", words(`ON\s+(?:DELETE|UPDATE)\s+(?:CASCADE|SET\s+NULL)`), "locks and deletes unseen on hot tables: delete in Go"},
	{"foreign-key-off", words(`FOREIGN_KEY_CHECKS`), "order the statements instead"},
}

// words finds whole words in any case.
func words(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)\b(?:` + pattern + `)`) }

// inFragments finds what gives a rule away in any string: the words in capitals, as SQL is written here, and settings.
var inFragments = []rule{
	{"skip-locked", regexp.MustCompile(`SKIP LOCKED`), forbidden[0].because},
	{"for-share", regexp.MustCompile(`FOR SHARE|LOCK IN SHARE MODE|^SHARE$`), forbidden[1].because},
	{"get-lock", regexp.MustCompile(`GET_LOCK\(`), forbidden[2].because},
	{"returning", regexp.MustCompile(`\bRETURNING `), forbidden[3].because},
	{"insert-ignore", regexp.MustCompile(`INSERT IGNORE`), forbidden[6].because},
	{"json-function", regexp.MustCompile(`JSON_(?:TABLE|VALUE|EXTRACT)\(`), forbidden[11].because},
	{"found-rows", regexp.MustCompile(`clientFoundRows=true`), "a duplicate would be counted as new"},
}

// inCalls are library calls that would write forbidden SQL.
var inCalls = []rule{
	{"auto-migrate", regexp.MustCompile(`\.AutoMigrate$`), "MariaDB is altered at every start: write a numbered migration"},
	{"returning", regexp.MustCompile(`^clause\.Returning$`), forbidden[3].because},
	{"first-or-create", regexp.MustCompile(`\.FirstOrCreate$`), "two replicas both create: insert with ON DUPLICATE KEY UPDATE"},
}

var (
	quoted  = regexp.MustCompile(`'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"`)
	remarks = regexp.MustCompile(`(?s)/\*.*?\*/|(?m:--\s.*$|#.*$)`)
	allowed = regexp.MustCompile(`sqllint:allow ([a-z-]+): *([^*\n]{10,})`)
)

// findForbidden lists the rules a statement breaks and has no leave to break.
func findForbidden(sql string) []string {
	leave := allowances(sql)
	bare := remarks.ReplaceAllString(quoted.ReplaceAllString(sql, "''"), " ")
	var broken []string
	for _, r := range forbidden {
		if found := r.pattern.FindString(bare); found != "" && !leave[r.name] {
			broken = append(broken, describe(r, found))
		}
	}
	return broken
}

// allowances are the rules a statement may break; leave needs a reason of ten characters or more.
func allowances(sql string) map[string]bool {
	leave := map[string]bool{}
	for _, match := range allowed.FindAllStringSubmatch(sql, -1) {
		leave[match[1]] = true
	}
	return leave
}

func matching(rules []rule, value string) []string {
	var broken []string
	for _, r := range rules {
		if found := r.pattern.FindString(value); found != "" {
			broken = append(broken, describe(r, found))
		}
	}
	return broken
}

func describe(r rule, found string) string {
	return r.name + ": " + strings.Join(strings.Fields(found), " ") + ": " + r.because
}
