package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
)

// event sends events to a running server.
func (p *program) event() *cobra.Command {
	return p.group("event", "Events", "事件", p.eventSend())
}

// sendFlags say where events go and how.
type sendFlags struct {
	address
	mode  string
	batch int
}

func (p *program) eventSend() *cobra.Command {
	f := &sendFlags{}
	c := &cobra.Command{
		Use: "send [file]", Args: p.atMost(1),
		Short: p.say("Send events from a file or stdin through the API", "通过 API 发送文件或标准输入中的事件"),
		Long: p.say("Send events from a file or stdin: JSON (one event, a list, or {\"events\": [...]}) or NDJSON, one event a line. Sending again is safe: an id is processed once.",
			"发送文件或标准输入中的事件：JSON（单个事件、列表或 {\"events\": [...]}）或 NDJSON（每行一个事件）。可安全重发：同一 id 只处理一次。"),
	}
	p.addressFlags(c, &f.address)
	c.Flags().StringVar(&f.mode, "mode", "live", p.say("live, or history: stored and counted, decides nothing", "live，或 history：只入库计数，不触发规则"))
	c.Flags().IntVar(&f.batch, "batch", 500, p.say("events in one request, 1 to 1000", "每个请求的事件数，1 到 1000"))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := p.sender(cmd, f)
		if err != nil {
			return err
		}
		in, size, err := p.input(args)
		if err != nil {
			return err
		}
		defer in.Close()
		b := p.progress(size, "sending (bytes)", "发送中（字节）")
		err = s.all(cmd.Context(), newEventReader(in), b)
		b.Close()
		report := s.report()
		if err != nil {
			return err
		}
		return report
	}
	return c
}

// input opens the file of events, or stdin.
func (p *program) input(args []string) (in io.ReadCloser, size int64, err error) {
	if len(args) == 0 || args[0] == "-" {
		return io.NopCloser(p.in), -1, nil
	}
	file, err := os.Open(args[0])
	if err != nil {
		return nil, 0, unreadable(args[0], err)
	}
	if info, err := file.Stat(); err == nil {
		size = info.Size()
	}
	return file, size, nil
}

// sender sends events in batches and counts what became of them.
type sender struct {
	*program
	client *client
	query  string
	batch  int
	Sum    summary
}

// summary is what became of all events.
type summary struct {
	Sent       int       `json:"sent"`
	Accepted   int       `json:"accepted"`
	Duplicate  int       `json:"duplicate"`
	Invalid    int       `json:"invalid"`
	Matched    int       `json:"matched"` // decisions that came out true
	FirstWrong []refused `json:"invalid_events,omitempty"`
}

// refused is an event that was not accepted, and why.
type refused struct {
	ID    string `json:"id"`
	Error any    `json:"error"`
}

// mostRefused bounds how many refused events are shown.
const mostRefused = 20

func (p *program) sender(cmd *cobra.Command, f *sendFlags) (*sender, error) {
	if f.batch < 1 || f.batch > engine.MaxBatch {
		return nil, usage("--batch is 1 to 1000", "--batch 应为 1 到 1000")
	}
	if f.mode != "live" && f.mode != "history" {
		return nil, usage("--mode is live or history", "--mode 应为 live 或 history")
	}
	client, err := p.connect(cmd, &f.address)
	if err != nil {
		return nil, err
	}
	return &sender{program: p, client: client, query: "mode=" + f.mode, batch: f.batch}, nil
}

// all sends everything that can be read.
func (s *sender) all(ctx context.Context, events *eventReader, b *bar) error {
	for {
		batch, err := events.next(s.batch)
		if len(batch) > 0 {
			if err := s.send(ctx, batch); err != nil {
				return err
			}
			b.set(events.read(), 0)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// tries is how often a batch is sent again while the server cannot take it.
const tries = 6

// send sends a batch, again while the server asks for that: ids make it safe.
func (s *sender) send(ctx context.Context, batch [][]byte) error {
	for try := 1; ; try++ {
		answer, err := s.client.sendEvents(ctx, s.query, batch)
		if err == nil {
			s.count(answer)
			return nil
		}
		var e *engine.Error
		if !errors.As(err, &e) || try == tries || e.Code != engine.CodeUnavailable && e.Code != engine.CodeLimited {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(e.RetryAfter, time.Second)):
		}
	}
}

func (s *sender) count(a *eventAnswer) {
	for _, r := range a.Results {
		s.Sum.Sent++
		switch r.Status {
		case "accepted":
			s.Sum.Accepted++
		case "duplicate":
			s.Sum.Duplicate++
		default:
			s.Sum.Invalid++
			if len(s.Sum.FirstWrong) < mostRefused {
				s.Sum.FirstWrong = append(s.Sum.FirstWrong, refused{r.ID, r.Error})
			}
		}
		for _, d := range r.Decisions {
			if d.Outcome == string(engine.OutcomeTrue) && r.Status == "accepted" {
				s.Sum.Matched++
			}
		}
	}
}

// report says what became of the events; it fails when some were refused.
func (s *sender) report() error {
	if s.json {
		if err := s.printJSON(s.Sum); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.out, s.say("%d events sent: %d accepted, %d duplicate, %d invalid; %d decisions matched\n",
			"已发送 %d 个事件：接受 %d，重复 %d，无效 %d；命中 %d 次\n"), s.Sum.Sent, s.Sum.Accepted, s.Sum.Duplicate, s.Sum.Invalid, s.Sum.Matched)
		for _, r := range s.Sum.FirstWrong {
			fmt.Fprintf(s.err, "%s: %s\n", orDash(r.ID), s.why(r.Error))
		}
	}
	if s.Sum.Invalid > 0 {
		return errQuiet
	}
	return nil
}
