package sdk

import (
	"slices"
	"strings"
	"time"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

var outcomes = map[Outcome]pb.Outcome{
	Delivered:     pb.Outcome_OUTCOME_DELIVERED,
	Accepted:      pb.Outcome_OUTCOME_ACCEPTED,
	Retryable:     pb.Outcome_OUTCOME_RETRYABLE,
	RateLimited:   pb.Outcome_OUTCOME_RATE_LIMITED,
	Permanent:     pb.Outcome_OUTCOME_PERMANENT,
	Gone:          pb.Outcome_OUTCOME_GONE,
	AuthFailed:    pb.Outcome_OUTCOME_AUTH_FAILED,
	Unknown:       pb.Outcome_OUTCOME_UNKNOWN,
	Unsupported:   pb.Outcome_OUTCOME_UNSUPPORTED,
	PolicyBlocked: pb.Outcome_OUTCOME_POLICY_BLOCKED,
}

var supports = map[Support]pb.Support{
	Auto:    pb.Support_SUPPORT_AUTO,
	Confirm: pb.Support_SUPPORT_CONFIRM,
	Manual:  pb.Support_SUPPORT_MANUAL,
	None:    pb.Support_SUPPORT_NONE,
}

const maxDetail = 1024

// utf8Text is safe to put into a protobuf string: a remote may answer anything.
func utf8Text(s string) string {
	return strings.ToValidUTF8(s, "�")
}

// clip keeps a sentence a sentence.
func clip(s string) string {
	if len(s) > maxDetail {
		s = s[:maxDetail]
	}
	return utf8Text(s)
}

func receiptToWire(r Receipt) *pb.Receipt {
	return &pb.Receipt{
		Outcome:      outcomes[r.Outcome],
		RemoteId:     clip(r.RemoteID),
		RetryAfterMs: uint64(max(0, r.RetryAfter.Milliseconds())),
		Code:         clip(r.Code),
		Detail:       clip(r.Detail),
	}
}

func messageFromWire(m *pb.Message) Message {
	out := Message{
		Key:     m.Key,
		Attempt: int(m.Attempt),
		Title:   m.Title,
		Text:    m.Text,
		Data:    m.Data,
		Target:  Target{Kind: TargetKind(m.Target.GetKind()), Address: m.Target.GetAddress()},
	}
	out.NotAfter = timeFromWire(m.NotAfterUs)
	return out
}

func textToWire(t Text) *pb.Text { return &pb.Text{En: clip(t.En), Zh: clip(t.Zh)} }

func timeFromWire(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func timeToWire(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func problemsToWire(ps Problems, r redactor) []*pb.Problem {
	out := make([]*pb.Problem, len(ps))
	for i, p := range ps {
		text := Text{En: r.text(p.Message.En), Zh: r.text(p.Message.Zh)}
		out[i] = &pb.Problem{Pointer: utf8Text(p.Pointer), Code: utf8Text(p.Code), Message: textToWire(text)}
	}
	return out
}

func eventToWire(e Event) *pb.Event {
	return &pb.Event{
		Id: utf8Text(e.ID), Cursor: utf8Text(e.Cursor), Type: utf8Text(e.Type), AtUs: timeToWire(e.At),
		Member: utf8Text(e.Member), To: utf8Text(e.To), Group: utf8Text(e.Group), Content: utf8Text(e.Content),
		Props: e.Props,
	}
}

func describeToWire(d Description) *pb.DescribeResponse {
	out := &pb.DescribeResponse{
		Id: d.ID, Version: d.Version, Title: textToWire(d.Title), About: textToWire(d.About),
		ConfigSchema: d.Schema, MaxBatch: uint32(d.batch()), Sdk: "go/" + Version,
		Dedupe: &pb.Dedupe{Supported: d.Dedupe.Supported, WindowMs: uint64(d.Dedupe.Window.Milliseconds())},
	}
	for name, support := range d.Capabilities {
		out.Capabilities = append(out.Capabilities, &pb.Capability{Name: string(name), Support: supports[support]})
	}
	slices.SortFunc(out.Capabilities, func(a, b *pb.Capability) int { return strings.Compare(a.Name, b.Name) })
	for _, kind := range d.Targets {
		out.Targets = append(out.Targets, string(kind))
	}
	for _, e := range d.Events {
		out.Events = append(out.Events, &pb.EventType{Type: e.Type, Title: textToWire(e.Title)})
	}
	return out
}
