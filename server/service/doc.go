// Package service is what operators and developers can do with a workspace,
// apart from how they ask: the API, the command line and packs all call it.
// It validates, asks the machine to change things, and reads.
//
//   - service.go, caller.go: the parts it is made of; who asks
//   - definitions.go, check_*.go, breakage.go: what rules speak of, and what is wrong with it
//   - rules.go, rule_life.go: drafts, versions, publishing
//   - members.go, member_changes.go, hand.go: people, and changes made by hand
//   - filter.go, counting.go, sorting.go: conditions on members, bounded in cost
//   - report.go, report_plan.go, report_rows.go, report_titles.go: what was counted by the day, and what is behind it
//   - near.go, near_job.go: who nearly fulfils a rule
//   - groups.go, work.go: applications, waiting lists, tasks, reviews, leads
//   - shape: the structure of JSON, from the API description
//
// Nothing here knows HTTP or a database.
package service
