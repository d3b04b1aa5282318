package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/sheet"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
	"github.com/bylaw-dev/bylaw/server/transfer"
)

// community is a shell whose workspace has an attribute of each kind.
func community(t *testing.T, db string) shell {
	t.Helper()
	s := at(t)
	if db != "" {
		s.env = append(s.env, "BYLAW_DATABASE="+db)
	}
	served, stop := serving(t, s)
	post(t, served, "PUT", "/attributes/city", `{"type":"string","title":{"en":"City","zh":"城市"}}`)
	post(t, served, "PUT", "/attributes/visits", `{"type":"integer"}`)
	post(t, served, "PUT", "/attributes/phone", `{"type":"string","title":{"zh":"手机"},"personal":true}`)
	stop()
	return s
}

const people = "\ufeff身份,姓名,手机,城市,visits,标签,层级,加入时间,来源,同意\r\n" +
	"wecom:u1;email:u1@example.com,小明,0138,上海,3,\"新人, vip\",active,2026-03-01 08:30,线下,是\r\n" +
	"wecom:u2,=小红,,北京,many,,leader,,,\r\n" +
	"wecom:u3,小刚,139,,4,,,2026年3月2日,,否\r\n" +
	"u4,,,,,,,,,\r\n" +
	"wecom:u1,,,,,,,,,\r\n" +
	"wecom:u5,\"未闭合,,,,,,,\r\n"

func TestMembersComeInAndGoOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := community(t, db.URL)
		file := write(t, t.TempDir(), "people.csv", people)
		look := decode[transfer.Preview](t, s.must(t, "import", "members", file, "--preview", "--json"))
		if look.Total != 6 || look.Rejected != 3 || look.Columns[2].Field != "attrs.phone" || look.Columns[6].Field != "tier" || look.Rows[0]["joined_at"] != "2026-03-01 08:30" {
			t.Errorf("preview: %+v", look)
		}
		bad := filepath.Join(t.TempDir(), "bad.csv")
		r := s.run(t, "import", "members", file, "--json", "--rejected", bad)
		got := decode[transfer.Imported](t, r.out)
		if r.code != exitProblems || got.Rows != 6 || got.Applied != 3 || got.Rejected != 3 {
			t.Fatalf("imported: %+v", r)
		}
		places := ""
		for _, p := range got.Problems {
			places += fmt.Sprintf("%d %s; ", p.Row, p.Column)
		}
		if places != "3 visits; 5 身份; 6 身份; " {
			t.Errorf("problems are at %s", places)
		}
		mended, err := os.ReadFile(bad)
		if err != nil || strings.Count(string(mended), "\r\n") != 4 || !strings.Contains(string(mended), "'=小红") || !strings.Contains(string(mended), ",3,visits: ") {
			t.Errorf("the rejected rows: %v %s", err, mended)
		}
		again := decode[transfer.Imported](t, s.run(t, "import", "members", file, "--json").out)
		if again.Applied != 0 || again.Unchanged != 3 || again.Rejected != 3 {
			t.Errorf("the same file again: %+v", again)
		}
		checkExport(t, s)
		if out := s.must(t, "verify"); strings.Contains(out, "differs") {
			t.Error(out)
		}
	})
}

// checkExport looks at what the members became, with and without personal fields,
// and brings an export in again, which changes nothing.
func checkExport(t *testing.T, s shell) {
	t.Helper()
	type row struct {
		Identities, Name, Tags, Origin, Tier, City, Joined string
		Phone                                              string `json:"attrs.phone"`
		Visits                                             int    `json:"attrs.visits"`
		Consent                                            bool
	}
	lines := s.must(t, "export", "members", "--format", "jsonl", "--personal", "--where", `"vip" in member.tags`)
	var m row
	if strings.Count(lines, "\n") != 1 || json.Unmarshal([]byte(lines), &m) != nil {
		t.Fatalf("members with the tag: %s", lines)
	}
	if m.Identities != "wecom:u1; email:u1@example.com" || m.Name != "小明" || m.Phone != "0138" || m.Visits != 3 || m.Tier != "active" || m.Tags != "vip; 新人" || m.Origin != "线下" || !m.Consent ||
		!strings.Contains(lines, `"joined_at":"2026-03-01T08:30:00+08:00"`) {
		t.Errorf("the member is %s", lines)
	}
	out := filepath.Join(t.TempDir(), "all.xlsx")
	s.must(t, "export", "members", "--out", out, "--personal", "--lang", "zh")
	if r := decode[transfer.Imported](t, s.must(t, "import", "members", out, "--json")); r.Rows != 3 || r.Unchanged != 3 {
		t.Errorf("an export imported again: %+v", r)
	}
	plain := s.must(t, "export", "members", "--lang", "en")
	if strings.Contains(plain, "0138") || strings.Contains(plain, "小明") || !strings.Contains(plain, "City") || strings.Contains(plain, "手机") {
		t.Errorf("without --personal: %s", plain)
	}
	if r := s.run(t, "export", "members", "--columns", "id,attrs.phone"); r.code != exitProblems || !strings.Contains(r.err, "pii:read") {
		t.Errorf("a personal column without --personal: %+v", r)
	}
}

func TestEventsComeInOnce(t *testing.T) {
	s := community(t, "")
	file := write(t, t.TempDir(), "orders.csv", "订单号;时间;用户;props.total;备注\n"+
		"o1;2026-03-01 10:00;app:a;12.50;x\no2;not a time;app:a;1;x\no3;2026/3/2;app:b;7;x\n;2026-03-03;app:b;7;x\n;2026-03-03;app:b;7;x\n")
	args := []string{"import", "events", file, "--set", "type=order.paid", "--map", "订单号=id", "--json"}
	r := s.run(t, args...)
	got := decode[transfer.Imported](t, r.out)
	if got.Rows != 5 || got.Applied != 4 || got.Rejected != 1 || got.Problems[0].Row != 3 || got.Problems[0].Column != "时间" {
		t.Fatalf("imported: %+v", r)
	}
	if got = decode[transfer.Imported](t, s.run(t, args...).out); got.Applied != 0 || got.Unchanged != 4 {
		t.Errorf("the same file again: %+v", got)
	}
	events := s.must(t, "export", "events", "--format", "jsonl", "--from", "2026-03-01T00:00:00+08:00", "--to", "2026-03-02T00:00:00+08:00")
	if strings.Count(events, "\n") != 1 || !strings.Contains(events, `"props":{"total":12.5}`) || !strings.Contains(events, `"history":true`) {
		t.Errorf("exported: %s", events)
	}
	if r := s.run(t, "import", "events", file); r.code != exitProblems || !strings.Contains(r.err, "no column says the type") {
		t.Errorf("without a type: %+v", r)
	}
	if r := s.run(t, "import", "events", file, "--map", "nothing=id", "--set", "type=x", "--set", "sum=3"); !strings.Contains(r.err, `"nothing"`) || !strings.Contains(r.err, `"sum"`) {
		t.Errorf("wrong columns: %+v", r)
	}
}

func TestEveryNounIsExported(t *testing.T) {
	s := at(t)
	populate(t, s)
	for noun, want := range map[string]string{"members": "7", "ledger": "7", "decisions": "40", "events": "40", "deliveries": "0", "tasks": "0"} {
		r := s.run(t, "export", noun)
		if r.code != exitOK || !strings.HasPrefix(r.err, want+" rows exported") || !strings.HasPrefix(r.out, "\ufeff") {
			t.Errorf("%s: %+v", noun, r)
		}
	}
	if r := s.run(t, "export", "definitions", "--format", "jsonl"); !strings.Contains(r.out, `"kind":"rule","key":"welcome"`) {
		t.Errorf("definitions: %+v", r)
	}
	for args, want := range map[string]string{"export people": "one of decisions, definitions", "export events --where true": "does not take this", "export ledger --format pdf --lang fr": "/lang",
		"export members --where member.": "/where", "export members --columns nme": "identities", "export events --from yesterday": "--from"} {
		if r := s.run(t, strings.Fields(args)...); r.code == exitOK || !strings.Contains(r.err, want) {
			t.Errorf("%s: %+v", args, r)
		}
	}
}

// A hundred thousand rows neither stop nor fill the memory: a small part of that
// here, through every page.
func TestManyMembersGoThroughPages(t *testing.T) {
	s := at(t)
	var b strings.Builder
	b.WriteString("identity,tags\n")
	for i := range 1300 {
		fmt.Fprintf(&b, "app:m%d,t%d\n", i, i%3)
	}
	s.in = b.String()
	s.must(t, "token", "create")
	if r := decode[transfer.Imported](t, s.must(t, "import", "members", "-", "--json")); r.Applied != 1300 {
		t.Fatalf("%+v", r)
	}
	out := s.must(t, "export", "members", "--format", "csv", "--columns", "identities,tags", "--where", `"t1" in member.tags`)
	table, err := sheet.Open([]byte(out), "")
	if err != nil || strings.Count(out, "\n") != 434 || len(table.Columns) != 2 {
		t.Errorf("%d lines, %v", strings.Count(out, "\n"), err)
	}
}

func TestFilesOverHTTP(t *testing.T) {
	s := community(t, "")
	served, stop := serving(t, s)
	defer stop()
	look := post(t, served, "POST", "/imports/preview?noun=members", people)
	if p := decode[transfer.Preview](t, look); p.Rejected != 3 || len(p.Rows) != 6 {
		t.Errorf("preview: %s", look)
	}
	done := finished(t, served, post(t, served, "POST", "/imports?noun=members", people))
	if r := decode[transfer.Imported](t, string(done.Result)); r.Applied != 3 || r.Rejected != 3 || r.File == nil {
		t.Fatalf("imported: %s", done.Result)
	}
	if file := post(t, served, "GET", "/jobs/"+done.ID+"/file", ""); strings.Count(file, "\r\n") != 4 {
		t.Errorf("rejected rows: %s", file)
	}
	if again := finished(t, served, post(t, served, "POST", "/imports?noun=members&mapping=%7B%22columns%22%3A%7B%22visits%22%3A%22%22%7D%7D", people)); decode[transfer.Imported](t, string(again.Result)).Rejected != 2 {
		t.Errorf("without a column: %s", again.Result)
	}
	out := finished(t, served, post(t, served, "POST", "/exports", `{"noun":"members","format":"csv","lang":"zh","where":"\"vip\" in member.tags"}`))
	file := post(t, served, "GET", "/jobs/"+out.ID+"/file", "")
	if r := decode[transfer.Exported](t, string(out.Result)); r.Rows != 1 || r.File.Bytes != int64(len(file)) || !strings.Contains(file, "小明") || !strings.HasPrefix(file, "\ufeff成员,身份,姓名") {
		t.Errorf("exported: %s\n%s", out.Result, file)
	}
}

// finished waits for the end of a job that the server was asked for.
func finished(t *testing.T, s shell, begun string) (j struct {
	ID, State string
	Result    json.RawMessage
}) {
	t.Helper()
	if err := json.Unmarshal([]byte(begun), &j); err != nil || j.ID == "" {
		t.Fatalf("no job: %s", begun)
	}
	for range 2000 {
		if err := json.Unmarshal([]byte(post(t, s, "GET", "/jobs/"+j.ID, "")), &j); err != nil {
			t.Fatal(err)
		}
		switch j.State {
		case "done":
			return j
		case "failed", "cancelled":
			t.Fatalf("the job is %s", j.State)
		}
	}
	t.Fatal("the job never ends")
	return j
}
