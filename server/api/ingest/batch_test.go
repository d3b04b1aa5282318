package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

var received = engine.TimeOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))

func TestDecodeEvent(t *testing.T) {
	body := `{"events":[{"id":"c-1","type":"checkin.done","at":"2026-02-28T08:00:00.123456+08:00",
	 "member":{"channel":"wecom","external_id":"wm\u0031"},"to":{"id":"mem_2"},"group":"跑步","content":"p1","origin":"ad",
	 "props":{"z":1,"a":"\ud83d\ude00\n","b":true,"c":null,"d":-2.5,"l":[1,"x",2.25],"o":{"deep":[{}]},"e":1e3,"n":[[1]]}},
	 {"id":"c-2","type":"checkin.done","group":null}]}`
	got, err := JSON([]byte(body), received)
	if err != nil || len(got.Problems) != 0 {
		t.Fatal(err, got.Problems)
	}
	want := []engine.Event{{
		ID: "c-1", Type: "checkin.done", At: engine.TimeOf(time.Date(2026, 2, 28, 0, 0, 0, 123456000, time.UTC)),
		Member: engine.MemberRef{Identity: engine.Identity{Channel: "wecom", ExternalID: "wm1"}}, To: engine.MemberRef{ID: "mem_2"},
		Group: "跑步", Content: "p1", Origin: "ad",
		Props: []engine.Prop{
			{Name: "a", Value: engine.StringValue("😀\n")}, {Name: "b", Value: engine.BoolValue(true)},
			{Name: "c", Value: engine.UnknownValue(engine.MissingProp)}, {Name: "d", Value: engine.DecimalValue(-2_500_000)},
			{Name: "e", Value: engine.DecimalValue(1000 * engine.Micro)},
			{Name: "l", Value: engine.ListValue(engine.IntValue(1), engine.StringValue("x"), engine.DecimalValue(2_250_000))},
			{Name: "n", Value: engine.Value{Kind: engine.Opaque, Str: `[[1]]`}},
			{Name: "o", Value: engine.Value{Kind: engine.Opaque, Str: `{"deep":[{}]}`}},
			{Name: "z", Value: engine.IntValue(1)},
		}}, {ID: "c-2", Type: "checkin.done"}}
	if !reflect.DeepEqual(got.Events, want) {
		t.Errorf("got  %+v\nwant %+v", got.Events, want)
	}
}

// Each body is wrong in one way or several; the places are the contract.
func TestProblemsHavePlaces(t *testing.T) {
	event := func(fields string) string { return `{"events":[{"id":"a","type":"t",` + fields + `}]}` }
	tests := []struct{ name, body, want string }{
		{"not an object", `{"events":[7]}`, "wrong_type /events/0"},
		{"no id, no type", `{"events":[{}]}`, "required /events/0/id; required /events/0/type"},
		{"null id", `{"events":[{"id":null,"type":"t"}]}`, "required /events/0/id"},
		{"number id", `{"events":[{"id":1,"type":"t"}]}`, "wrong_type /events/0/id"},
		{"empty id", `{"events":[{"id":"","type":"t"}]}`, "empty /events/0/id"},
		{"long id", `{"events":[{"id":"` + strings.Repeat("x", 129) + `","type":"t"}]}`, "too_long /events/0/id"},
		{"control character", `{"events":[{"id":"a\u0000","type":"t"}]}`, "bad_character /events/0/id"},
		{"space at the end", `{"events":[{"id":"a ","type":"t"}]}`, "bad_character /events/0/id"},
		{"unknown fields", event(`"membre":{},"a/b~c":1`), "unknown_field /events/0/membre; unknown_field /events/0/a~1b~0c"},
		{"a name twice", event(`"id":"b"`), "duplicate_name /events/0/id"},
		{"a time without zone", event(`"at":"2026-02-01T08:00:00"`), "bad_time /events/0/at"},
		{"a time with a space", event(`"at":"2026-02-01 08:00:00Z"`), "bad_time /events/0/at"},
		{"a time as number", event(`"at":1770000000`), "wrong_type /events/0/at"},
		{"no such day", event(`"at":"2026-02-30T08:00:00Z"`), "bad_time /events/0/at"},
		{"too far ahead", event(`"at":"2026-03-01T00:05:01Z"`), "out_of_range /events/0/at"},
		{"before 1970", event(`"at":"1969-12-31T23:59:59Z"`), "out_of_range /events/0/at"},
		{"member as text", event(`"member":"mem_1"`), "wrong_type /events/0/member"},
		{"empty member", event(`"member":{}`), "empty_member /events/0/member"},
		{"member twice named", event(`"member":{"id":"m","channel":"c","external_id":"e"}`), "ambiguous_member /events/0/member"},
		{"half an identity", event(`"member":{"channel":"c"}`), "required /events/0/member/external_id"},
		{"other half", event(`"to":{"external_id":"c"}`), "required /events/0/to/channel"},
		{"colon in channel", event(`"member":{"channel":"a:b","external_id":"e"}`), "bad_character /events/0/member"},
		{"long channel", event(`"member":{"channel":"` + strings.Repeat("c", 62) + `","external_id":"e"}`), "too_long /events/0/member/channel"},
		{"unknown in member", event(`"member":{"id":"m","nick":"x"}`), "unknown_field /events/0/member/nick"},
		{"props as list", event(`"props":[]`), "wrong_type /events/0/props"},
		{"prop twice", event(`"props":{"a":1,"b":2,"a":3}`), "duplicate_name /events/0/props/a"},
		{"prop without name", event(`"props":{"":1}`), "empty /events/0/props/"},
		{"huge integer", event(`"props":{"n":9223372036854775808}`), "out_of_range /events/0/props/n"},
		{"huge decimal", event(`"props":{"n":1e300}`), "out_of_range /events/0/props/n"},
		{"deep", event(`"props":{"d":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`), "too_deep /events/0/props/d"},
		{"big event", event(`"props":{"s":"` + strings.Repeat("x", engine.MaxEventBytes) + `"}`), "too_large /events/0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := JSON([]byte(test.body), received)
			if err != nil {
				t.Fatal(err)
			}
			if places := placesOf(t, got.Problems[0]); places != test.want {
				t.Errorf("got %s, want %s", places, test.want)
			}
		})
	}
}

func placesOf(t *testing.T, problems []engine.Problem) string {
	t.Helper()
	var list []string
	for _, p := range problems {
		if p.Message.En == "" || p.Message.Zh == "" {
			t.Errorf("%s %s lacks a language: %+v", p.Code, p.Path, p.Message)
		}
		list = append(list, p.Code+" "+p.Path)
	}
	return strings.Join(list, "; ")
}

func TestFineAtTheLimits(t *testing.T) {
	body := `{"events":[{"id":"` + strings.Repeat("x", 128) + `","type":"t","at":"2026-03-01T00:05:00Z","member":{"channel":"` + strings.Repeat("c", MaxChannel) +
		`","external_id":"e"},"props":{"n":9223372036854775807,"m":-9223372036854775808,"d":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}}]}`
	got, err := JSON([]byte(body), received)
	if err != nil || len(got.Problems) > 0 {
		t.Fatal(err, got.Problems)
	}
}

// One bad event of 1,000 fails alone.
func TestOneBadEventFailsAlone(t *testing.T) {
	var list []string
	for i := range engine.MaxBatch {
		list = append(list, fmt.Sprintf(`{"id":"e%d","type":"t"}`, i))
	}
	list[500] = `{"id":"e500"}`
	for name, got := range map[string]func() (Decoded, error){
		"json":   func() (Decoded, error) { return JSON([]byte(`{"events":[`+strings.Join(list, ",")+`]}`), received) },
		"ndjson": func() (Decoded, error) { return Lines([]byte(strings.Join(list, "\n")), received) },
	} {
		d, err := got()
		if err != nil || len(d.Events) != engine.MaxBatch || len(d.Problems) != 1 || placesOf(t, d.Problems[500]) != "required /events/500/type" {
			t.Errorf("%s: %v %d events, problems %v", name, err, len(d.Events), d.Problems)
		}
		if d.Events[501].ID != "e501" {
			t.Errorf("%s: event 501 is %+v", name, d.Events[501])
		}
	}
}

func TestBadLineFailsAlone(t *testing.T) {
	d, err := Lines([]byte("{\"id\":\"a\",\"type\":\"t\"}\n\n{\"id\":\"b\",]\r\n{\"id\":\"c\",\"type\":\"t\"} x\n{\"id\":\"d\",\"type\":\"t\"}\r\n"), received)
	if err != nil || len(d.Events) != 4 || len(d.Problems) != 2 {
		t.Fatal(err, d)
	}
	if p := d.Problems[1][0]; p.Code != Malformed || p.Line != 3 || p.Column != 11 {
		t.Errorf("%+v", p)
	}
	if p := d.Problems[2][0]; p.Code != Malformed || p.Line != 4 || p.Column != 23 {
		t.Errorf("%+v", p)
	}
	if d.Events[3].ID != "d" || d.Events[0].ID != "a" {
		t.Errorf("%+v", d.Events)
	}
}

func TestEnvelope(t *testing.T) {
	many := `{"events":[` + strings.Repeat(`{},`, engine.MaxBatch) + `{}]}`
	tests := []struct{ body, want string }{
		{`[]`, "wrong_type "}, {`"x"`, "wrong_type "}, {`{}`, "required /events"}, {`{"events":[]}`, "empty /events"},
		{`{"events":{}}`, "wrong_type /events"}, {`{"event":[]}`, "unknown_field /event; required /events"},
		{`{"events":[{"id":"a","type":"t"}],"x":1}`, "unknown_field /x"}, {`{"events":[{}],"events":[]}`, "duplicate_name /events"},
		{many, "too_many /events"},
	}
	for _, test := range tests {
		_, err := JSON([]byte(test.body), received)
		var e *engine.Error
		if !errors.As(err, &e) || e.Code != engine.CodeInvalid || placesOf(t, e.Problems) != test.want {
			t.Errorf("%.60s: got %v, want %s", test.body, err, test.want)
		}
	}
}

func TestMalformedSaysWhere(t *testing.T) {
	tests := []struct {
		body         string
		line, column int
		says         string
	}{
		{``, 1, 1, "the text ends where a value should stand"},
		{`{"events":[{]}`, 1, 13, "a name in double quotes should stand here"},
		{"{\n \"events\": [\n  {\"id\": \"群\" \"type\": 1}]}", 3, 14, "a comma or } should stand here"},
		{`{"events":[{"id":"a","type":"t"},]}`, 1, 34, "a value should stand here"},
		{`{"events":[{"id":'a'}]}`, 1, 18, "a value should stand here"},
		{`{"events":[01]}`, 1, 12, "a number does not begin with 0"},
		{`{"events":[1.]}`, 1, 14, "a digit should stand here"},
		{`{"events":["\x"]}`, 1, 13, "this is no escape that JSON knows"},
		{"{\"events\":[\"\x01\"]}", 1, 13, "a control character must be escaped in a string"},
		{`{"events":[]} {}`, 1, 15, "nothing may follow here"},
		{`{"events":[nul]}`, 1, 12, "a value should stand here"},
		{`{"events":["a`, 1, 14, "the text ends inside a string"},
		{`{"a":` + strings.Repeat("[", 10_001), 1, 10_006, "this nests too deeply"},
	}
	for _, test := range tests {
		_, err := JSON([]byte(test.body), received)
		var e *engine.Error
		if !errors.As(err, &e) || len(e.Problems) != 1 || e.Problems[0].Code != Malformed {
			t.Errorf("%.40s: %v", test.body, err)
			continue
		}
		if p := e.Problems[0]; p.Line != test.line || p.Column != test.column || p.Message.En != test.says || p.Message.Zh == "" {
			t.Errorf("%.40s: got %d:%d %s, want %d:%d %s", test.body, p.Line, p.Column, p.Message.En, test.line, test.column, test.says)
		}
	}
}

// The scanner accepts exactly what encoding/json accepts, and reads the same
// values; no input makes it panic.
func FuzzAgainstEncodingJSON(f *testing.F) {
	for _, seed := range []string{`{"events":[{"id":"a","type":"t","props":{"x":[1,2.5,"\ud800\u0041"],"y":{"z":[[]]}}}]}`,
		`[]`, ` {"a" : -0.10e+5 , "b":[true,false,null]} `, "\"\xff\\u00e9\"", `[1,[2,{"a":[]}]]`, `{"events":[{"id":"a","type":"t"},{}]}`, `1e400`, `[1e5,-12.345678,123456789012345678]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := JSON(body, received)
		var e *engine.Error
		malformed := errors.As(err, &e) && e.Problems[0].Code == Malformed
		if valid := json.Valid(body); malformed == valid {
			t.Fatalf("%q: json.Valid says %v, we say %v", body, valid, err)
		}
		if malformed {
			return
		}
		if _, err := Lines(body, received); err != nil && engine.CodeOf(err) != engine.CodeInvalid {
			t.Fatalf("lines: %v", err)
		}
		compareValue(t, body)
	})
}

func compareValue(t *testing.T, body []byte) {
	d := newDecoder(body, received)
	v, _, fits, ok := d.value()
	want, err := engine.ParseValue(body)
	if !ok {
		t.Fatalf("%q: refused as a value", body)
	}
	if fits && err != nil && v.Kind == engine.Opaque {
		return // a number out of range deep inside is nobody's business
	}
	if fits != (err == nil) {
		t.Fatalf("%q: fits %v, engine.ParseValue says %v", body, fits, err)
	}
	if fits && (!v.Equal(want) || v.Kind != want.Kind) {
		t.Fatalf("%q: got %+v, engine.ParseValue says %+v", body, v, want)
	}
}

func benchmarkBody(n int) []byte {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"id":"evt-%08d","type":"message.sent","at":"2026-02-28T08:%02d:%02d.123Z","member":{"channel":"wecom","external_id":"wmABCDEFG%06d"},"group":"runners","props":{"kind":"answer","content_id":"a-%d","length":%d,"score":4.5,"first":true}}`,
			i, i/60%60, i%60, i%5000, i%97, i%200))
	}
	return []byte(`{"events":[` + strings.Join(list, ",") + `]}`)
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{1, 1000} {
		body := benchmarkBody(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				d, err := JSON(body, received)
				if err != nil || len(d.Events) != n || len(d.Problems) > 0 {
					b.Fatal(err, d.Problems)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
		})
	}
}

func BenchmarkEncodingJSON(b *testing.B) {
	body := benchmarkBody(1000)
	var batch struct {
		Events []struct {
			ID, Type, At, Group string
			Member              struct{ Channel, ExternalID string }
			Props               map[string]any
		}
	}
	for b.Loop() {
		if err := json.Unmarshal(body, &batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*1000), "ns/event")
}
