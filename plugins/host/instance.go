package host

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bylaw-dev/bylaw/engine"
	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

// instance is what is open in a process for one channel. turn is a lock that
// can be waited for with a context.
type instance struct {
	turn     chan struct{}
	open     bool
	revision int64
	used     time.Time
}

// kept is a channel that is open without anybody sending, because it listens.
type kept struct{ config engine.ChannelConfig }

func instanceID(workspace, channel string) string { return workspace + "/" + channel }

// instance finds or makes the entry of a channel and takes its turn.
func (p *process) instance(ctx context.Context, id string) (*instance, func(), error) {
	p.mu.Lock()
	i := p.open[id]
	if i == nil {
		i = &instance{turn: make(chan struct{}, 1)}
		p.open[id] = i
	}
	p.mu.Unlock()
	select {
	case i.turn <- struct{}{}:
		return i, func() { <-i.turn }, nil
	case <-ctx.Done():
		return nil, nil, unavailable(time.Second, "the channel is still opening", "渠道仍在打开")
	}
}

// ensure opens a channel in the process, unless this revision of it is open.
func (p *process) ensure(ctx context.Context, c engine.ChannelConfig) error {
	id := instanceID(c.Workspace, c.Key)
	i, leave, err := p.instance(ctx, id)
	if err != nil {
		return err
	}
	defer leave()
	i.used = time.Now()
	p.host.serves(p.desc.ID, c.Workspace)
	if i.open && i.revision >= c.Revision {
		return nil
	}
	request, err := p.openRequest(ctx, id, c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, p.host.time.open)
	defer cancel()
	answer, err := p.plugin.OpenInstance(ctx, request)
	if err != nil {
		return callError("open the channel", err)
	}
	if problems := problemsFromWire(answer.GetProblems()); len(problems) > 0 {
		return engine.Invalid(engine.Text{
			En: fmt.Sprintf("the configuration of channel %s has problems", c.Key),
			Zh: fmt.Sprintf("渠道 %s 的配置有问题", c.Key),
		}, problems...)
	}
	i.open, i.revision = true, c.Revision
	return nil
}

func (p *process) openRequest(ctx context.Context, id string, c engine.ChannelConfig) (*pb.OpenInstanceRequest, error) {
	grants, err := p.host.grants(c.Workspace)
	if err != nil {
		return nil, err
	}
	r := &pb.OpenInstanceRequest{
		InstanceId: id, Workspace: c.Workspace, Channel: c.Key, Revision: c.Revision,
		Config: c.Config, Secrets: c.Secrets, Grants: grants,
	}
	if p.host.o.Inbound != nil && len(p.desc.Events) > 0 {
		if r.Cursor, err = p.host.o.Inbound.Cursor(ctx, c.Workspace, c.Key); err != nil {
			return nil, fmt.Errorf("load the cursor of channel %s: %w", c.Key, err)
		}
	}
	return r, nil
}

func (h *Host) grants(workspace string) (*pb.Grants, error) {
	dir, err := h.dataDir(workspace)
	if err != nil {
		return nil, err
	}
	return &pb.Grants{DataDir: dir, AllowPrivate: h.o.AllowPrivate}, nil
}

// forget makes the next ensure open the channel again.
func (p *process) forget(ctx context.Context, c engine.ChannelConfig) {
	if i, leave, err := p.instance(ctx, instanceID(c.Workspace, c.Key)); err == nil {
		i.open = false
		leave()
	}
}

// closeInstance closes a channel when it is open; idle only when nobody has
// used it since.
func (p *process) closeInstance(ctx context.Context, id string, idle time.Duration) {
	p.mu.Lock()
	known := p.open[id] != nil
	p.mu.Unlock()
	if !known {
		return
	}
	i, leave, err := p.instance(ctx, id)
	if err != nil {
		return
	}
	defer leave()
	if !i.open || time.Since(i.used) < idle {
		return
	}
	i.open = false
	ctx, cancel := context.WithTimeout(ctx, p.host.time.open)
	defer cancel()
	_, _ = p.plugin.CloseInstance(ctx, &pb.CloseInstanceRequest{InstanceId: id})
}

// ids are the channels the process knows.
func (p *process) ids() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := make([]string, 0, len(p.open))
	for id := range p.open {
		ids = append(ids, id)
	}
	return ids
}

// reopen opens the channels that listen, after a start.
func (u *unit) reopen(p *process) {
	u.mu.Lock()
	var all []kept
	for _, k := range u.kept {
		all = append(all, k)
	}
	u.mu.Unlock()
	for _, k := range all {
		go u.listen(p, k)
	}
}

// listen opens a channel and grants it credit. A channel that cannot be opened
// for a while is tried again as long as the process lives.
func (u *unit) listen(p *process, k kept) {
	id := instanceID(k.config.Workspace, k.config.Key)
	for pause := u.host.time.accept; ; pause = min(2*pause, acceptLongest) {
		ctx, cancel := context.WithTimeout(context.Background(), u.host.time.open)
		err := p.ensure(ctx, k.config)
		cancel()
		if err == nil {
			p.session.listening(id, Origin{k.config.Workspace, k.config.Key, u.id})
			return
		}
		u.host.log.Warn("a listening channel cannot be opened", "plugin", u.id, "channel", k.config.Key, "error", err)
		if engine.CodeOf(err) == engine.CodeInvalid {
			return // until its configuration changes
		}
		select {
		case <-p.os.exited:
			return
		case <-time.After(pause):
		}
	}
}

// callError translates a failed call, here and nowhere else.
func callError(doing string, err error) error {
	code := engine.CodeUnavailable
	if status.Code(err) == codes.InvalidArgument {
		code = engine.CodeInvalid
	}
	said := cut(status.Convert(err).Message())
	return &engine.Error{Code: code, Err: err, Message: engine.Text{
		En: fmt.Sprintf("%s: the plugin failed: %s", doing, said),
		Zh: fmt.Sprintf("插件出错：%s", said),
	}}
}
