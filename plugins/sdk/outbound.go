package sdk

import (
	"context"
	"time"

	"google.golang.org/grpc"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

// answered is one receipt, or a run of them, on its way to the host.
type answered struct {
	first    int
	receipts []Receipt
}

const (
	// The channel's code is told to stop a little before the host stops waiting,
	// so that its own word arrives.
	marginShare = 10
	marginMax   = 250 * time.Millisecond
)

// SendBatch implements the wire contract. A channel that ignores its context is
// left behind: its messages are answered unknown, those not begun retryable.
func (s *server) SendBatch(r *pb.SendBatchRequest, stream grpc.ServerStreamingServer[pb.SendBatchResponse]) error {
	o, leave, err := s.enter(r.InstanceId, r.Revision)
	if err != nil {
		return err
	}
	batch := make([]Message, len(r.Messages))
	for i, m := range r.Messages {
		batch[i] = messageFromWire(m)
	}
	ctx, cancel := s.inTime(stream.Context())
	defer cancel()
	job := &job{opened: o, batch: batch, answers: make(chan answered, len(batch)+1)}
	s.sending.Add(int32(len(batch)))
	go func() {
		defer leave()
		defer s.sending.Add(-int32(len(batch)))
		defer close(job.answers)
		job.run(ctx, s.desc.workers())
	}()
	return job.report(ctx, stream)
}

// inTime shortens a deadline by the margin.
func (s *server) inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	left := time.Until(deadline)
	return context.WithDeadline(ctx, deadline.Add(-min(left/marginShare, marginMax)))
}

// job is one SendBatch call.
type job struct {
	*opened
	batch   []Message
	answers chan answered // room for every receipt: workers never wait
}

// report passes receipts on as they come, neighbours together.
func (j *job) report(ctx context.Context, stream grpc.ServerStreamingServer[pb.SendBatchResponse]) error {
	for {
		select {
		case a, ok := <-j.answers:
			if !ok {
				return nil
			}
			if err := j.pass(a, stream); err != nil {
				return err
			}
		case <-ctx.Done():
			return j.last(stream)
		}
	}
}

// last gives the channel's code a moment to answer, then leaves: the host knows
// that a message without a receipt has an unknown outcome.
func (j *job) last(stream grpc.ServerStreamingServer[pb.SendBatchResponse]) error {
	moment := time.NewTimer(marginMax / 2)
	defer moment.Stop()
	for {
		select {
		case a, ok := <-j.answers:
			if !ok {
				return nil
			}
			if err := j.pass(a, stream); err != nil {
				return err
			}
		case <-moment.C:
			return nil
		}
	}
}

func (j *job) pass(a answered, stream grpc.ServerStreamingServer[pb.SendBatchResponse]) error {
	for more := true; more; {
		select {
		case next, ok := <-j.answers:
			if ok && next.first == a.first+len(a.receipts) {
				a.receipts = append(a.receipts, next.receipts...)
				continue
			}
			if err := j.write(a, stream); err != nil || !ok {
				return err
			}
			a = next
		default:
			more = false
		}
	}
	return j.write(a, stream)
}

func (j *job) write(a answered, stream grpc.ServerStreamingServer[pb.SendBatchResponse]) error {
	out := &pb.SendBatchResponse{First: uint32(a.first), Receipts: make([]*pb.Receipt, len(a.receipts))}
	for i, r := range a.receipts {
		out.Receipts[i] = receiptToWire(j.redact.receipt(r))
	}
	return stream.Send(out)
}

// run sends the batch in the way the instance can.
func (j *job) run(ctx context.Context, workers int) {
	if b, ok := j.instance.(BatchSender); ok {
		j.answers <- answered{0, j.together(ctx, b)}
		return
	}
	if workers = min(workers, len(j.batch)); workers <= 1 {
		for i := range j.batch {
			j.answers <- answered{i, []Receipt{j.one(ctx, i)}}
		}
		return
	}
	next := make(chan int)
	done := make(chan struct{})
	for range workers {
		go func() {
			for i := range next {
				j.answers <- answered{i, []Receipt{j.one(ctx, i)}}
			}
			done <- struct{}{}
		}()
	}
	for i := range j.batch {
		next <- i
	}
	close(next)
	for range workers {
		<-done
	}
}

func (j *job) together(ctx context.Context, b BatchSender) []Receipt {
	var err error
	receipts := func() []Receipt {
		defer recoverInto(j.log, "send", &err)
		return b.SendBatch(ctx, j.batch)
	}()
	if err != nil {
		return FailAll(len(j.batch), Fail(Unknown, "plugin_panic", "%v", err))
	}
	if len(receipts) != len(j.batch) {
		j.log.Error("SendBatch must answer every message", "messages", len(j.batch), "receipts", len(receipts))
		return FailAll(len(j.batch), Fail(Unknown, "plugin_miscount", "the plugin answered %d of %d messages", len(receipts), len(j.batch)))
	}
	return receipts
}

// one sends one message, unless time has run out before it began.
func (j *job) one(ctx context.Context, i int) (r Receipt) {
	if ctx.Err() != nil {
		return Fail(Retryable, "deadline", "not begun in time")
	}
	var err error
	defer func() {
		if err != nil {
			r = Fail(Unknown, "plugin_panic", "%v", err)
		}
	}()
	defer recoverInto(j.log, "send", &err)
	return j.instance.Send(ctx, j.batch[i])
}
