package engine

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// sampleEvents are events with everything a body may hold.
func sampleEvents() []Event {
	props := []Prop{{"amount", IntValue(-120)}, {"kind", StringValue("文 text")}, {"ok", BoolValue(true)}, {"price", DecimalValue(1_500_000)}}
	return []Event{
		{}, {Source: "s", ID: "i"},
		{Source: "s", ID: "8f-1", Member: MemberRef{Identity: Identity{"app", "user-1"}}, Group: "g", Content: "c", Origin: "o", Props: props},
		{ID: "二 \"quoted\" \\ <b>", To: MemberRef{ID: "m2", Identity: Identity{"app", "u2"}}, ToID: "m2", History: true, Late: true, Depth: 2, Parent: 4096},
		{ID: "x", Props: []Prop{{"list", ListValue(IntValue(1), StringValue("b"))}, {"n", IntValue(math.MaxInt64)}}},
		{ID: "y", Props: []Prop{{"a \"name\"", IntValue(0)}, {"b", DecimalValue(-1)}, {"c", StringValue("line\nbreak")}, {"d", BoolValue(false)}}},
		{ID: "z", Props: []Prop{{"b", IntValue(1)}, {"a", IntValue(2)}}},
	}
}

// The quick reader of bodies is never of another opinion than the one that reads
// any JSON, whatever a body holds, and reads what is usual itself.
func TestDecodeEventEitherWay(t *testing.T) {
	bodies := [][]byte{nil, []byte("{}"), []byte(`{"i":"a",}`), []byte(`{,"i":"a"}`), []byte(`{"i":"a"}}`), []byte(`{"i":null}`), []byte(`{"I":"a"}`), []byte(`{ "i":"a"}`),
		[]byte(`{"d":01}`), []byte(`{"d":-}`), []byte(`{"d":1.0}`), []byte(`{"d":99999999999999999999}`), []byte(`{"p":{}}`), []byte(`{"p":{"a":1,}}`), []byte(`{"p":{"a":1e3}}`),
		[]byte(`{"p":{"a":.5}}`), []byte(`{"p":{"a":1.}}`), []byte(`{"p":{"a":null}}`), []byte(`{"p":{"a":{"b":1}}}`), []byte(`{"p":{"a":1,"a":2}}`), []byte(`{"p":{"a":truex}}`),
		[]byte(`{"i":"a","i":"b"}`), []byte("{\"i\":\"\xff\"}"), []byte("{\"i\":\"a\tb\"}"), []byte(`{"p":{"a":00}}`), []byte(`{"p":{"a":-0}}`), []byte(`{"p":{"a":1},"p":{"b":2}}`)}
	quick := 0
	for _, e := range sampleEvents() {
		body := EncodeEvent(&e)
		if _, ok := decodeCanonical(&StoredEvent{Body: body}); ok {
			quick++
		}
		bodies = append(bodies, body)
	}
	if quick != 3 {
		t.Errorf("%d usual bodies were read quickly, not 3", quick)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, body := range bodies[:len(bodies):len(bodies)] {
		for range 300 {
			if len(body) == 0 {
				break
			}
			m := append([]byte(nil), body...)
			for range 1 + r.IntN(2) {
				switch i := r.IntN(len(m)); r.IntN(3) {
				case 0:
					m[i] = `{}",:\0123-.eatfnull `[r.IntN(21)]
				case 1:
					m = append(m[:i:i], append([]byte{m[r.IntN(len(m))]}, m[i:]...)...)
				default:
					if len(m) > 1 {
						m = append(m[:i:i], m[i+1:]...)
					}
				}
			}
			bodies = append(bodies, m)
		}
	}
	for _, body := range bodies {
		s := StoredEvent{Position: 7, Revision: 2, At: 5, Type: "t", Member: "m", Body: body}
		want, err := decodeEvent(s)
		got, ok := decodeCanonical(&s)
		if ok && err != nil {
			t.Errorf("%q is read, and is none: %v", body, err)
		} else if ok && !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n%+v quickly\n%+v", body, got, want)
		}
	}
}

func BenchmarkDecodeEvent(b *testing.B) {
	e := sampleEvents()[2]
	s := StoredEvent{Body: EncodeEvent(&e)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeEvent(s); err != nil {
			b.Fatal(err)
		}
	}
}
