package app

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/bylaw-dev/bylaw/server/config"
)

func TestSecretKeyIsMadeOnce(t *testing.T) {
	s := &config.Settings{DataDir: t.TempDir()}
	keys := make([][]byte, 8)
	var together sync.WaitGroup
	for i := range keys {
		together.Go(func() {
			var err error
			if keys[i], err = SecretKey(s); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	for _, k := range keys {
		if len(k) != config.KeyBytes || !bytes.Equal(k, keys[0]) {
			t.Fatal("processes that start together have different keys")
		}
	}
	path := filepath.Join(s.DataDir, keyFile)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if left, _ := os.ReadDir(s.DataDir); len(left) != 1 {
		t.Errorf("files are left behind: %v", left)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		if _, err := SecretKey(s); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("a key that others can read: %v", err)
		}
	}
	s.SecretKey = strings.Repeat("0a", 32)
	if k, err := SecretKey(s); err != nil || k[0] != 10 {
		t.Error(k, err)
	}
}

func TestSealedSecretsStayInTheirPlace(t *testing.T) {
	first, err := newSealer(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	second, err := newSealer(bytes.Repeat([]byte{2}, 32))
	if err != nil {
		t.Fatal(err)
	}
	const secret = "whsec_canary"
	here := place("w", "hook", "secret")
	sealed, err := first.Seal(here, secret)
	if err != nil || bytes.Contains(sealed, []byte("canary")) {
		t.Fatal(sealed, err)
	}
	if again, _ := first.Seal(here, secret); bytes.Equal(again, sealed) {
		t.Error("the same text is sealed the same")
	}
	if open, err := first.Open(here, sealed); open != secret || err != nil {
		t.Error(open, err)
	}
	for _, elsewhere := range []string{place("v", "hook", "secret"), place("w", "other", "secret"), place("w", "hook", "x")} {
		if open, err := first.Open(elsewhere, sealed); err == nil {
			t.Errorf("opened in another place: %q", open)
		}
	}
	if _, err := second.Open(here, sealed); err == nil || !strings.Contains(err.Error(), "another key") {
		t.Errorf("another key: %v", err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if open, err := first.Open(here, changed); err == nil {
			t.Errorf("changed at %d and opened: %q", i, open)
		}
	}
	if _, err := first.Open(here, sealed[:10]); err == nil {
		t.Error("half a secret opens")
	}
}
