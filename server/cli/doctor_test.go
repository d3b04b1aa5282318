package cli

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/config"
)

// The doctor finds what keeps channels from sending: a key that is lost, a plugin
// that is not there, plugins that nobody has trusted.
func TestDoctorOfChannels(t *testing.T) {
	s := at(t)
	folder := strings.TrimPrefix(s.env[0], "BYLAW_DATA_DIR=")
	served, stop := serving(t, s)
	post(t, served, "PUT", "/channels/hook", `{"plugin":"webhook","title":{"en":"Hook"},"config":{"url":"https://example.com/x"}}`)
	post(t, served, "PUT", "/channels/hook/secrets", `{"secrets":{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}`)
	stop()
	examine := func(want string, ills ...string) {
		t.Helper()
		r := s.run(t, "doctor", "--listen", "127.0.0.1:0")
		for _, text := range append(ills, want) {
			if !strings.Contains(r.out, text) {
				t.Errorf("the doctor does not say %q:\n%s", text, r.out)
			}
		}
		if sick := len(ills) > 0; sick != (r.code == exitProblems) || sick != strings.Contains(r.out, "FAIL") {
			t.Errorf("the doctor ends with %d:\n%s", r.code, r.out)
		}
	}
	examine("every channel has its plugin")

	key := filepath.Join(folder, "secret.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	examine("put the secret.key they were encrypted with at "+key, "FAIL secrets", "1 secrets of channels were encrypted with another key")
	serving, end := serving(t, s) // which makes another key
	post(t, serving, "GET", "/channels", "")
	end()
	examine("put the secret.key", "FAIL secrets")
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	examine("channels' secrets can be opened")

	for _, id := range []string{"acme-chat", "acme-mail"} {
		version := filepath.Join(folder, "plugins", id, "1.0.0")
		if err := os.MkdirAll(version, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, version, "bylaw-plugin.json", "{}")
	}
	examine("bylaw plugin trust acme-chat@1.0.0", "FAIL plugins", "bylaw plugin trust acme-mail@1.0.0")
	s.env = append(s.env, "LANG=zh_CN.UTF-8")
	examine("确认来源后运行 `bylaw plugin trust acme-chat@1.0.0`", "插件 acme-mail 1.0.0 尚未被信任")
}

// A channel whose plugin is gone, as after a restore on another machine, is named
// with its workspace.
func TestDoctorOfAChannelWithoutItsPlugin(t *testing.T) {
	s := at(t)
	s.must(t, "token", "list") // makes the database
	loaded, err := config.Load(config.Sources{Env: s.env})
	if err != nil {
		t.Fatal(err)
	}
	core, err := app.Open(t.Context(), loaded, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	channel := machine.Write{Kind: engine.DefineChannel, Key: "chat", Body: []byte(`{"key":"chat","plugin":"acme-chat"}`)}
	_, err = core.Machine.Define(t.Context(), "default", "test", core.Now(), []machine.Write{channel}, nil)
	if err := errors.Join(err, core.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	r := s.run(t, "doctor", "--listen", "127.0.0.1:0")
	if r.code != exitProblems || !strings.Contains(r.out, "channel chat of workspace default needs the plugin acme-chat") {
		t.Errorf("%+v", r)
	}
}
