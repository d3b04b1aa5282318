package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A plugin that hangs costs its webhooks an honest 503, and takes them again
// when it is well.
func TestWebhooksOfAPluginThatHangs(t *testing.T) {
	a := begin(t, settings(t, nil))
	token := ownerToken(t, a)
	base := "http://" + a.Addr() + "/api/v1"
	ask(t, "PUT", base+"/channels/hook", token, map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Shop"}})
	ask(t, "PUT", base+"/channels/hook/secrets", token, map[string]any{"secrets": map[string]string{"inbound_secret": hookSecret}})
	url := hookURL(t, base, token, "POST")
	if r := knock(t, url, "m1", order, time.Now()); r.StatusCode != 204 {
		t.Fatal(r.Status)
	}
	pid := pluginOf(t, os.Getpid(), "webhook")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	r := knock(t, url, "m2", order, time.Now())
	if r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("while it hangs: %s, %v", r.Status, r.Header)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is taken by the next process", func() bool { return knock(t, url, "m2", order, time.Now()).StatusCode == 204 })
	_, answer := ask(t, "GET", base+"/members/hook:u1/timeline", token, nil)
	if n := len(asList(answer["items"])); n != 2 {
		t.Errorf("%d events of two webhooks: %v", n, answer)
	}
}

// pluginOf finds the process of a plugin among those that another has started.
func pluginOf(t *testing.T, parent int, id string) int {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		line, err := os.ReadFile(path)
		if err != nil || !strings.HasSuffix(strings.TrimRight(string(line), "\x00"), "\x00"+id) {
			continue
		}
		status, err := os.ReadFile(filepath.Join(filepath.Dir(path), "status"))
		if err == nil && strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", parent)) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("no process of the plugin %s", id)
	return 0
}
