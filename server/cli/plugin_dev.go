package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/plugins/scaffold"
)

// devRun runs a plugin from its sources, in a data folder of its own: what is
// trusted there is trusted by no server, and is gone afterwards.
type devRun struct {
	*program
	folder, data   string
	config         json.RawMessage
	kind, to, text string
	once           bool
	round          int64
}

func (p *program) pluginDev() *cobra.Command {
	d := &devRun{program: p}
	var config string
	c := &cobra.Command{Use: "dev [folder]", Args: p.atMost(1),
		Short: p.say("Run a plugin from its sources, again at every change, and send it a test message", "从源码运行插件，改动后自动重新运行，并发送测试消息"),
		Long: p.say(`Build the plugin, run it under the real supervisor, check the configuration, send a
test message and show its log; do so again whenever its sources change, until Ctrl-C.
It is trusted for this run alone, in a folder of its own: no server is touched. It may
dial private addresses, so that a fake remote on this machine will do.`,
			`构建插件，在真正的守护程序下运行，检查配置，发送测试消息并显示其日志；源码改动后自动重来，
直到按 Ctrl-C。信任仅限本次运行，使用独立目录，不影响任何服务。允许访问内网地址，便于对接本机的仿真远端。`),
		Example: `  bylaw plugin dev acme-chat --send-config '{"url":"http://127.0.0.1:9000","token":"t"}' --to someone`}
	f := c.Flags()
	f.StringVar(&config, "send-config", "", p.say("the channel's configuration as JSON, secrets included; @file reads a file; without it no message is sent", "渠道配置（JSON，含机密），@文件 表示读取文件；缺省则不发送消息"))
	f.StringVar(&d.kind, "kind", "member", p.say("whom the message is for: member, group, user or an endpoint", "消息对象：member、group、user 或 endpoint"))
	f.StringVar(&d.to, "to", "test", p.say("the address of the test message", "测试消息的收件地址"))
	f.StringVar(&d.text, "text", p.say("A test message.", "这是一条测试消息。"), p.say("its text", "消息文本"))
	f.BoolVar(&d.once, "once", false, p.say("end after the first round; 1 when it failed", "仅运行一轮；失败时返回 1"))
	c.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if d.config, err = devConfig(config); err != nil {
			return err
		}
		if d.folder, err = pluginFolder(args); err != nil {
			return err
		}
		if d.data, err = os.MkdirTemp("", "bylaw-dev-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.data)) }()
		if err = d.rounds(cmd.Context()); errors.Is(err, context.Canceled) {
			return nil // Ctrl-C is how it ends
		}
		return err
	}
	return c
}

func devConfig(text string) (json.RawMessage, error) {
	if path, is := strings.CutPrefix(text, "@"); is {
		body, err := os.ReadFile(path)
		if err != nil {
			return nil, unreadable(path, err)
		}
		text = string(body)
	}
	if text != "" && !json.Valid([]byte(text)) {
		return nil, usage("--send-config is no JSON", "--send-config 不是 JSON")
	}
	return json.RawMessage(text), nil
}

// devLook is how often the sources are looked at.
const devLook = 400 * time.Millisecond

// rounds runs the plugin as it is, and again as it changes.
func (d *devRun) rounds(ctx context.Context) error {
	tick := time.NewTicker(devLook)
	defer tick.Stop()
	for last := uint64(0); ; {
		now, err := sourcesOf(d.folder)
		if err != nil {
			return unreadable(d.folder, err)
		}
		if now != last {
			last = now
			if err := d.run(ctx); err != nil {
				if ctx.Err() != nil {
					return ctx.Err() // cut off in the middle of a round
				}
				if d.once {
					return err
				}
				d.explain(err)
			} else if d.once {
				return nil
			}
			d.note("waiting for a change of the sources", "等待源码改动")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// sourcesOf changes when a file of the folder does.
func sourcesOf(folder string) (uint64, error) {
	sum := fnv.New64a()
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != folder && (strings.HasPrefix(e.Name(), ".") || slices.Contains([]string{"dist", "bin", "testdata"}, e.Name())) {
			return filepath.SkipDir
		}
		if e.IsDir() || e.Name() == "go.sum" || e.Name() == "go.mod" { // which building may write
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, path, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	return sum.Sum64(), err
}

// run is one round: build, trust, describe, check, send.
func (d *devRun) run(ctx context.Context) error {
	m, err := host.ReadManifest(d.folder)
	if err != nil {
		return err
	}
	d.note("building "+m.ID, "正在构建 "+m.ID)
	begun := time.Now()
	if err := os.RemoveAll(filepath.Join(d.data, "plugins", m.ID)); err != nil {
		return err
	}
	if _, err := scaffold.Install(ctx, d.folder, d.data); err != nil {
		return err
	}
	trusted, err := host.Trust(d.data, m.ID)
	if err != nil {
		return err
	}
	h, err := d.host()
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = h.Close(end) // what does not end is killed
	}()
	about, err := h.Describe(ctx, m.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s %s sha256:%.12s %s (%.1f s)\n", m.ID, m.Version, trusted.SHA256, about.Title.En, time.Since(begun).Seconds())
	if len(d.config) == 0 {
		return nil
	}
	return d.send(ctx, h, m.ID)
}

// host supervises one build.
func (d *devRun) host() (*host.Host, error) {
	return host.New(host.Options{DataDir: d.data, AllowPrivate: true, Log: slog.New(slog.NewTextHandler(d.err, &slog.HandlerOptions{Level: slog.LevelDebug}))})
}

func (d *devRun) send(ctx context.Context, h *host.Host, id string) error {
	config, secrets, err := h.SplitSecrets(ctx, id, d.config)
	if err != nil {
		return err
	}
	d.round++
	c := engine.ChannelConfig{Workspace: "dev", Key: "dev", Plugin: id, Revision: d.round, Config: config, Secrets: secrets}
	problems, err := h.ValidateConfig(ctx, c)
	if err != nil {
		return err
	}
	if err := engine.Invalid(engine.Text{En: "the configuration has problems", Zh: "配置有误"}, problems...); err != nil {
		return err
	}
	r := h.Send(ctx, c, []engine.Message{{Key: fmt.Sprintf("dev-%d", d.round), Attempt: 1, NotAfter: time.Now().Add(time.Minute), Text: d.text,
		Target: engine.Target{Kind: engine.TargetKind(d.kind), Address: d.to}}})[0]
	fmt.Fprintf(d.out, "%s %s %s\n", r.Outcome, r.Code, r.Detail)
	if r.Outcome != engine.Delivered {
		return errQuiet
	}
	return nil
}
