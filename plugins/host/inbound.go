package host

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// Inbound takes the events that plugins fetch by themselves.
type Inbound interface {
	// Accept makes events of one channel durable, in order. Events may come again:
	// their ids tell. A nil error acknowledges all of them, except that each that
	// is rejected is reported to the plugin; an error brings the whole batch again.
	Accept(ctx context.Context, from Origin, events []sdk.Event) ([]Rejection, error)
	// Cursor is that of the channel's last accepted event, "" for none.
	Cursor(ctx context.Context, workspace, channel string) (string, error)
}

// Origin says where events come from.
type Origin struct{ Workspace, Channel, Plugin string }

// Rejection is an event that will never be accepted.
type Rejection struct {
	Index  int // in the batch
	Reason string
}

const (
	eventCredit   = 256      // events that a channel may have unacknowledged
	maxEventID    = 200      // bytes
	maxEventProps = 64 << 10 // bytes
	acceptLongest = 30 * time.Second
)

// listening lets an instance send events, once per process.
func (s *session) listening(id string, from Origin) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.boxes[id] != nil {
		return
	}
	box := make(chan *pb.EventBatch, eventCredit)
	s.boxes[id] = box
	go s.take(id, from, box)
	s.must(credit(id, eventCredit))
}

func credit(id string, n int) *pb.HostFrame {
	return &pb.HostFrame{Frame: &pb.HostFrame_Credit{Credit: &pb.Credit{InstanceId: id, Events: uint32(n)}}}
}

// deliver puts a batch into its instance's box. The box has room for all that
// was granted: a plugin that overfills it doesn't keep to the contract.
func (s *session) deliver(batch *pb.EventBatch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	box := s.boxes[batch.InstanceId]
	if box == nil {
		return // dropped meanwhile, or never asked for: they come again if they matter
	}
	if len(batch.Events) == 0 || len(batch.Events) > eventCredit {
		s.process.kill(fmt.Sprintf("it sent %d events of %q at once", len(batch.Events), batch.InstanceId))
		return
	}
	select {
	case box <- batch:
	default:
		s.process.kill(fmt.Sprintf("it sent more events of %q than it had credit for", batch.InstanceId))
	}
}

// take hands the batches of one instance over, one after the other.
func (s *session) take(id string, from Origin, box chan *pb.EventBatch) {
	for {
		select {
		case <-s.ctx.Done():
			return
		case batch, ok := <-box:
			if !ok {
				return // see deaf
			}
			rejects, err := s.accept(from, batch.Events)
			if err != nil {
				return // the session has ended
			}
			last := batch.Events[len(batch.Events)-1].Seq
			s.must(&pb.HostFrame{Frame: &pb.HostFrame_Ack{Ack: &pb.EventAck{InstanceId: id, Seq: last, Rejects: rejects}}})
			s.mu.Lock()
			current := s.boxes[id] == box
			s.mu.Unlock()
			if current {
				s.must(credit(id, len(batch.Events)))
			}
		}
	}
}

// accept sorts out what cannot be an event and insists on the rest.
func (s *session) accept(from Origin, wire []*pb.Event) ([]*pb.Reject, error) {
	var rejects []*pb.Reject
	var events []sdk.Event
	var seqs []uint64
	for _, w := range wire {
		e, err := eventFromWire(w)
		if err != nil {
			rejects = append(rejects, &pb.Reject{Seq: w.GetSeq(), Reason: err.Error()})
			continue
		}
		events, seqs = append(events, e), append(seqs, w.Seq)
	}
	refused, err := s.insist(from, events)
	for _, r := range refused {
		if r.Index >= 0 && r.Index < len(seqs) {
			rejects = append(rejects, &pb.Reject{Seq: seqs[r.Index], Reason: r.Reason})
		}
	}
	return rejects, err
}

func (s *session) insist(from Origin, events []sdk.Event) ([]Rejection, error) {
	if len(events) == 0 {
		return nil, nil
	}
	for pause := s.process.host.time.accept; ; pause = min(2*pause, acceptLongest) {
		refused, err := s.process.host.o.Inbound.Accept(s.ctx, from, events)
		if err == nil {
			return refused, nil
		}
		s.process.host.log.Warn("events of a channel wait", "plugin", from.Plugin, "channel", from.Channel, "error", err)
		select {
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		case <-time.After(pause):
		}
	}
}

// eventFromWire checks what a plugin calls an event.
func eventFromWire(w *pb.Event) (sdk.Event, error) {
	e := sdk.Event{
		ID: w.GetId(), Cursor: w.GetCursor(), Type: w.GetType(),
		Member: w.GetMember(), To: w.GetTo(), Group: w.GetGroup(), Content: w.GetContent(),
	}
	if w.GetAtUs() != 0 {
		e.At = time.UnixMicro(w.GetAtUs()).UTC()
	}
	if len(w.GetProps()) > 0 {
		e.Props = json.RawMessage(w.Props)
	}
	var object map[string]json.RawMessage
	switch {
	case e.ID == "" || len(e.ID) > maxEventID:
		return e, fmt.Errorf("an event needs an id of at most %d bytes", maxEventID)
	case e.Type == "":
		return e, fmt.Errorf("event %s has no type", e.ID)
	case len(e.Props) > maxEventProps:
		return e, fmt.Errorf("event %s has more than %d bytes of props", e.ID, maxEventProps)
	case len(e.Props) > 0 && json.Unmarshal(e.Props, &object) != nil:
		return e, fmt.Errorf("event %s: props must be a JSON object", e.ID)
	}
	return e, nil
}

// deaf takes no more events of an instance.
func (s *session) deaf(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if box := s.boxes[id]; box != nil {
		delete(s.boxes, id)
		close(box)
	}
}
