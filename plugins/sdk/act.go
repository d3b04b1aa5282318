package sdk

import (
	"context"
	"net/http"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

// Apply implements the wire contract.
func (s *server) Apply(ctx context.Context, r *pb.ApplyRequest) (*pb.ApplyResponse, error) {
	o, leave, err := s.enter(r.InstanceId, r.Revision)
	if err != nil {
		return nil, err
	}
	defer leave()
	m, ok := o.instance.(Member)
	if !ok {
		return &pb.ApplyResponse{Receipt: receiptToWire(Fail(Unsupported, "verb", "the channel cannot %s", r.Verb))}, nil
	}
	ctx, cancel := s.inTime(ctx)
	defer cancel()
	receipt, result := m.Apply(ctx, Action{
		Key: r.Key, Verb: Capability(r.Verb), Group: r.Group, Member: r.Member,
		To: r.To, Until: timeFromWire(r.UntilUs), Reason: r.Reason,
	})
	return &pb.ApplyResponse{Receipt: receiptToWire(o.redact.receipt(receipt)), Link: utf8Text(result.Link)}, nil
}

// HandleHTTP implements the wire contract.
func (s *server) HandleHTTP(ctx context.Context, r *pb.HandleHTTPRequest) (*pb.HandleHTTPResponse, error) {
	o, leave, err := s.enter(r.InstanceId, r.Revision)
	if err != nil {
		return nil, err
	}
	defer leave()
	receiver, ok := o.instance.(Receiver)
	if !ok {
		return &pb.HandleHTTPResponse{Status: http.StatusNotFound}, nil
	}
	in := Request{Method: r.Method, Path: r.Path, Query: r.Query, Body: r.Body, RemoteIP: r.RemoteIp}
	for _, h := range r.Headers {
		in.Headers = append(in.Headers, Header{h.Name, h.Value})
	}
	answer := receiver.Receive(ctx, in)
	out := &pb.HandleHTTPResponse{Status: uint32(answer.Status), Body: answer.Body}
	if answer.Status == 0 {
		out.Status = http.StatusOK
	}
	for _, h := range answer.Headers {
		out.Headers = append(out.Headers, &pb.Header{Name: utf8Text(h.Name), Value: utf8Text(h.Value)})
	}
	for _, e := range answer.Events {
		out.Events = append(out.Events, eventToWire(e))
	}
	return out, nil
}
