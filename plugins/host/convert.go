package host

import (
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

var outcomes = map[pb.Outcome]engine.SendOutcome{
	pb.Outcome_OUTCOME_DELIVERED:      engine.Delivered,
	pb.Outcome_OUTCOME_ACCEPTED:       engine.Accepted,
	pb.Outcome_OUTCOME_RETRYABLE:      engine.Retryable,
	pb.Outcome_OUTCOME_RATE_LIMITED:   engine.RateLimited,
	pb.Outcome_OUTCOME_PERMANENT:      engine.Permanent,
	pb.Outcome_OUTCOME_GONE:           engine.Gone,
	pb.Outcome_OUTCOME_AUTH_FAILED:    engine.AuthFailed,
	pb.Outcome_OUTCOME_UNSUPPORTED:    engine.Unsupported,
	pb.Outcome_OUTCOME_POLICY_BLOCKED: engine.PolicyBlocked,
}

var supports = map[pb.Support]sdk.Support{
	pb.Support_SUPPORT_AUTO:    sdk.Auto,
	pb.Support_SUPPORT_CONFIRM: sdk.Confirm,
	pb.Support_SUPPORT_MANUAL:  sdk.Manual,
}

const longestRetryAfter = 7 * 24 * time.Hour

// receiptFromWire reads anything unheard of as unknown.
func receiptFromWire(r *pb.Receipt) engine.Receipt {
	outcome, ok := outcomes[r.GetOutcome()]
	if !ok {
		outcome = engine.UnknownOutcome
	}
	wait := time.Duration(min(r.GetRetryAfterMs(), uint64(longestRetryAfter.Milliseconds()))) * time.Millisecond
	return engine.Receipt{Outcome: outcome, RemoteID: r.GetRemoteId(), RetryAfter: wait, Code: r.GetCode(), Detail: cut(r.GetDetail())}
}

// messageToWire mends text that isn't UTF-8: the wire would refuse the batch.
func messageToWire(m engine.Message) *pb.Message {
	out := &pb.Message{
		Key: valid(m.Key), Attempt: uint32(max(0, m.Attempt)), Title: valid(m.Title), Text: valid(m.Text), Data: m.Data,
		Target: &pb.Target{Kind: valid(string(m.Target.Kind)), Address: valid(m.Target.Address)},
	}
	if !m.NotAfter.IsZero() {
		out.NotAfterUs = m.NotAfter.UnixMicro()
	}
	return out
}

func valid(s string) string { return strings.ToValidUTF8(s, "�") }

func textFromWire(t *pb.Text) sdk.Text { return sdk.Text{En: t.GetEn(), Zh: t.GetZh()} }

const maxBatch = 1000

func descriptionFromWire(r *pb.DescribeResponse) sdk.Description {
	d := sdk.Description{
		ID: r.GetId(), Version: r.GetVersion(), Title: textFromWire(r.GetTitle()), About: textFromWire(r.GetAbout()),
		Schema: r.GetConfigSchema(), Capabilities: map[sdk.Capability]sdk.Support{},
		MaxBatch: max(1, min(int(r.GetMaxBatch()), maxBatch)),
		Dedupe: sdk.Dedupe{
			Supported: r.GetDedupe().GetSupported(),
			Window:    time.Duration(min(r.GetDedupe().GetWindowMs(), 1<<40)) * time.Millisecond,
		},
	}
	for _, c := range r.GetCapabilities() {
		if s, ok := supports[c.GetSupport()]; ok {
			d.Capabilities[sdk.Capability(c.GetName())] = s
		}
	}
	for _, kind := range r.GetTargets() {
		d.Targets = append(d.Targets, sdk.TargetKind(kind))
	}
	for _, e := range r.GetEvents() {
		d.Events = append(d.Events, sdk.EventType{Type: e.GetType(), Title: textFromWire(e.GetTitle())})
	}
	return d
}

func traitsOf(d sdk.Description) engine.ChannelTraits {
	t := engine.ChannelTraits{Dedupes: d.Dedupe.Supported, DedupeFor: d.Dedupe.Window, MaxBatch: d.MaxBatch}
	for _, kind := range d.Targets {
		t.Targets = append(t.Targets, engine.TargetKind(kind))
	}
	for _, e := range d.Events {
		t.Reports = append(t.Reports, e.Type)
	}
	return t
}

func problemsFromWire(in []*pb.Problem) []engine.Problem {
	var out []engine.Problem
	for _, p := range in {
		out = append(out, engine.Problem{
			Code: p.GetCode(), Path: p.GetPointer(),
			Message: engine.Text{En: p.GetMessage().GetEn(), Zh: p.GetMessage().GetZh()},
		})
	}
	return out
}
