package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bylaw-dev/bylaw/engine"
	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

const (
	chunkBytes   = 8 << 20  // of messages in one call
	messageBytes = 15 << 20 // of one message, under the wire's limit
	answerShare  = 20       // a 20th of the time is ours, to answer in time
	answerMax    = 200 * time.Millisecond
)

// Send implements engine.Channels. Whatever the plugin does, there is a receipt
// for every message within the deadline; without a deadline, within a minute.
func (h *Host) Send(ctx context.Context, c engine.ChannelConfig, batch []engine.Message) []engine.Receipt {
	receipts := make([]engine.Receipt, len(batch))
	ctx, cancel := h.inTime(ctx)
	defer cancel()
	for first := 0; first < len(batch); {
		u, err := h.unit(c.Plugin)
		if err != nil {
			fill(receipts[first:], notSent(err))
			return receipts
		}
		first += u.send(ctx, c, batch[first:], receipts[first:])
	}
	return receipts
}

// inTime keeps a little of the caller's time for the answer itself.
func (h *Host) inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithTimeout(ctx, h.time.send)
	}
	left := time.Until(deadline)
	return context.WithDeadline(ctx, deadline.Add(-min(left/answerShare, answerMax)))
}

// send hands over the beginning of a batch and returns how many it answered.
func (u *unit) send(ctx context.Context, c engine.ChannelConfig, batch []engine.Message, receipts []engine.Receipt) int {
	p, err := u.running(ctx)
	if err != nil {
		fill(receipts, notSent(err))
		return len(batch)
	}
	defer p.calls.Done()
	n, request := p.chunk(c, batch)
	if n == 0 {
		receipts[0] = engine.Receipt{Outcome: engine.Permanent, Code: "too_large", Detail: fmt.Sprintf("a message may have %d MiB", messageBytes>>20)}
		return 1
	}
	const tries = 2 // the plugin may have lost the instance
	for range tries {
		if err := p.ensure(ctx, c); err != nil {
			fill(receipts[:n], notSent(err))
			return n
		}
		if p.exchange(ctx, request, receipts[:n]) {
			return n
		}
		p.forget(ctx, c)
	}
	fill(receipts[:n], engine.Receipt{Outcome: engine.Retryable, Code: "not_open", Detail: "the plugin doesn't keep the channel open"})
	return n
}

// chunk takes as many messages as one call may carry; 0 when the first alone is
// too large.
func (p *process) chunk(c engine.ChannelConfig, batch []engine.Message) (int, *pb.SendBatchRequest) {
	request := &pb.SendBatchRequest{InstanceId: instanceID(c.Workspace, c.Key), Revision: c.Revision}
	size := 0
	for _, m := range batch[:min(len(batch), p.desc.MaxBatch)] {
		bytes := len(m.Key) + len(m.Target.Address) + len(m.Title) + len(m.Text) + len(m.Data)
		if bytes > messageBytes || size > 0 && size+bytes > chunkBytes {
			break
		}
		size += bytes
		request.Messages = append(request.Messages, messageToWire(m))
	}
	return len(request.Messages), request
}

// exchange sends a request and fills in the receipts. It is false when the
// plugin said, before it did anything, that the channel isn't open.
func (p *process) exchange(ctx context.Context, request *pb.SendBatchRequest, receipts []engine.Receipt) bool {
	var sent atomic.Bool
	ctx, cancel := context.WithCancel(context.WithValue(ctx, sentKey{}, &sent))
	defer cancel()
	answered := 0
	stream, err := p.outbound.SendBatch(ctx, request)
	for err == nil {
		var part *pb.SendBatchResponse
		if part, err = stream.Recv(); err == nil {
			answered += place(part, receipts)
		}
	}
	if status.Code(err) == codes.FailedPrecondition && answered == 0 {
		return false
	}
	missing := missingReceipt(p, err, sent.Load())
	for i := range receipts {
		if receipts[i].Outcome == "" {
			receipts[i] = missing
		}
	}
	return true
}

// place puts receipts where they belong and ignores those for no message.
func place(part *pb.SendBatchResponse, receipts []engine.Receipt) int {
	n := 0
	for i, r := range part.GetReceipts() {
		at := int64(part.GetFirst()) + int64(i)
		if at < int64(len(receipts)) && receipts[at].Outcome == "" {
			receipts[at] = receiptFromWire(r)
			n++
		}
	}
	return n
}

// missingReceipt is that of a message the plugin didn't answer. It is unknown
// as soon as the request may have reached the plugin.
func missingReceipt(p *process, err error, sent bool) engine.Receipt {
	r := engine.Receipt{Outcome: engine.UnknownOutcome, Code: "plugin_failed"}
	switch {
	case errors.Is(err, io.EOF):
		r.Code, r.Detail = "plugin_silent", "the plugin ended the call without a receipt"
	case status.Code(err) == codes.Unimplemented:
		r.Outcome, r.Code, r.Detail = engine.Unsupported, "unsupported", "the plugin cannot send"
	case status.Code(err) == codes.DeadlineExceeded:
		r.Code, r.Detail = "plugin_timeout", "the plugin didn't answer in time"
	case !p.alive():
		r.Code, r.Detail = "plugin_died", "the plugin ended while it was sending"
	default:
		r.Detail = cut(status.Convert(err).Message())
	}
	if !sent && r.Outcome == engine.UnknownOutcome {
		r.Outcome = engine.Retryable
	}
	return r
}

// notSent is the receipt of a message that never reached the plugin.
func notSent(err error) engine.Receipt {
	r := engine.Receipt{Outcome: engine.Retryable, Code: "plugin_unavailable", Detail: err.Error()}
	var e *engine.Error
	if !errors.As(err, &e) {
		return r
	}
	r.Detail, r.RetryAfter = cut(e.Message.En), e.RetryAfter
	switch e.Code {
	case engine.CodeInvalid:
		// the channel pauses until somebody mends it
		r.Outcome, r.Code, r.Detail = engine.AuthFailed, "config_invalid", cut(err.Error())
	case engine.CodeNotFound:
		r.Code = "plugin_missing"
	case engine.CodeForbidden:
		r.Code = "plugin_refused"
	}
	return r
}

func fill(receipts []engine.Receipt, r engine.Receipt) {
	for i := range receipts {
		receipts[i] = r
	}
}

// Traits implements engine.Channels.
func (h *Host) Traits(ctx context.Context, plugin string) (engine.ChannelTraits, error) {
	d, err := h.Describe(ctx, plugin)
	if err != nil {
		return engine.ChannelTraits{}, err
	}
	return traitsOf(d), nil
}
