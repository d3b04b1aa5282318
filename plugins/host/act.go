package host

import (
	"context"
	"errors"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bylaw-dev/bylaw/engine"
	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// Apply does something to who is in a group. Like Send it always answers: the
// outcome is unknown when the plugin may have done it.
func (h *Host) Apply(ctx context.Context, c engine.ChannelConfig, a sdk.Action) (engine.Receipt, sdk.ActionResult) {
	var sent atomic.Bool
	var receipt engine.Receipt
	var result sdk.ActionResult
	request := &pb.ApplyRequest{
		InstanceId: instanceID(c.Workspace, c.Key), Revision: c.Revision,
		Key: a.Key, Verb: string(a.Verb), Group: a.Group, Member: a.Member, To: a.To, Reason: a.Reason,
	}
	if !a.Until.IsZero() {
		request.UntilUs = a.Until.UnixMicro()
	}
	err := h.on(ctx, c.Plugin, func(ctx context.Context, p *process) error {
		return p.opened(ctx, c, func() error {
			answer, err := p.membership.Apply(context.WithValue(ctx, sentKey{}, &sent), request)
			if status.Code(err) == codes.FailedPrecondition {
				sent.Store(false) // it said so before it did anything
			}
			if err == nil {
				receipt, result.Link = receiptFromWire(answer.GetReceipt()), answer.GetLink()
			}
			return err
		})
	})
	if err == nil {
		return receipt, result
	}
	receipt = notSent(err)
	var e *engine.Error
	if sent.Load() && errors.As(err, &e) {
		receipt = engine.Receipt{Outcome: engine.UnknownOutcome, Code: "plugin_failed", Detail: e.Message.En}
	}
	return receipt, result
}

// Receive lets a plugin verify and read a webhook of one of its channels. Make
// the response's events durable before the response is sent.
func (h *Host) Receive(ctx context.Context, c engine.ChannelConfig, r sdk.Request) (sdk.Response, error) {
	request := &pb.HandleHTTPRequest{
		InstanceId: instanceID(c.Workspace, c.Key), Revision: c.Revision,
		Method: r.Method, Path: r.Path, Query: r.Query, Body: r.Body, RemoteIp: r.RemoteIP,
	}
	for _, header := range r.Headers {
		request.Headers = append(request.Headers, &pb.Header{Name: header.Name, Value: header.Value})
	}
	var answer *pb.HandleHTTPResponse
	err := h.on(ctx, c.Plugin, func(ctx context.Context, p *process) error {
		return p.opened(ctx, c, func() error {
			ctx, cancel := context.WithTimeout(ctx, h.time.receive)
			defer cancel()
			var err error
			answer, err = p.ingress.HandleHTTP(ctx, request)
			return err
		})
	})
	if err != nil {
		return sdk.Response{}, err
	}
	return responseFromWire(answer)
}

func responseFromWire(w *pb.HandleHTTPResponse) (sdk.Response, error) {
	out := sdk.Response{Status: int(w.GetStatus()), Body: w.GetBody()}
	if out.Status < 100 || out.Status > 599 {
		return sdk.Response{}, unavailable(0, "the plugin gave no HTTP status", "插件没有给出 HTTP 状态码")
	}
	for _, h := range w.GetHeaders() {
		out.Headers = append(out.Headers, sdk.Header{Name: h.GetName(), Value: h.GetValue()})
	}
	for _, event := range w.GetEvents() {
		e, err := eventFromWire(event)
		if err != nil {
			return sdk.Response{}, unavailable(0, err.Error(), err.Error())
		}
		out.Events = append(out.Events, e)
	}
	return out, nil
}

// Keep opens a channel whose plugin fetches events, and keeps it open through
// crashes. A newer revision replaces the one before.
func (h *Host) Keep(c engine.ChannelConfig) error {
	if h.o.Inbound == nil {
		return errors.New("keep a channel: the host has no Inbound")
	}
	u, err := h.unit(c.Plugin)
	if err != nil {
		return err
	}
	u.mu.Lock()
	k := kept{config: c}
	u.kept[instanceID(c.Workspace, c.Key)] = k
	p := u.process
	u.mu.Unlock()
	if p != nil && p.alive() {
		go u.listen(p, k)
		return nil
	}
	go u.wake()
	return nil
}

// Drop closes a channel that was deleted, paused or belongs to a workspace that
// was removed: the plugin forgets its secrets.
func (h *Host) Drop(ctx context.Context, workspace, channel string) {
	id := instanceID(workspace, channel)
	for _, u := range h.all() {
		u.mu.Lock()
		delete(u.kept, id)
		p := u.process
		u.mu.Unlock()
		if p != nil && p.alive() {
			p.closeInstance(ctx, id, 0)
			p.session.deaf(id)
		}
	}
}
