package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEverySettingIsWholeAndInTheStruct(t *testing.T) {
	tags := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Settings]()) {
		tags[f.Tag.Get("koanf")] = true
	}
	seen := map[string]bool{}
	for i := range Table {
		s := &Table[i]
		if s.Name == "" || s.About.En == "" || s.About.Zh == "" || seen[s.Name] || !tags[s.Name] {
			t.Errorf("%+v lacks a name, a text or a field, or stands here twice", s.Name)
		}
		seen[s.Name] = true
		delete(tags, s.Name)
		if _, problem := s.read(s.Default); problem != nil {
			t.Errorf("default of %s: %s", s.Name, problem.En)
		}
	}
	if len(tags) > 0 {
		t.Errorf("fields without a setting: %v", tags)
	}
}

func TestPrecedence(t *testing.T) {
	file := write(t, "bylaw.yaml", "listen: 127.0.0.1:1\nlog-level: debug\nrate-limit: 7\ntrusted-proxies: [10.0.0.1, 10.1.0.0/16]\n")
	secret := write(t, "key", strings.Repeat("ab", 32)+"\n")
	l, err := Load(Sources{
		Flags: map[string]string{"listen": "127.0.0.1:3"},
		Env:   []string{"BYLAW_LISTEN=127.0.0.1:2", "BYLAW_LOG_LEVEL=warn", "BYLAW_SECRET_KEY_FILE=" + secret, "HOME=/"},
		File:  file,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"listen": "--listen", "log-level": "BYLAW_LOG_LEVEL", "rate-limit": "bylaw.yaml:3",
		"secret-key": "BYLAW_SECRET_KEY_FILE", "data-dir": "default", "trusted-proxies": "bylaw.yaml:4"}
	for name, origin := range want {
		if l.Origins[name] != origin {
			t.Errorf("%s comes from %q, not %q", name, l.Origins[name], origin)
		}
	}
	if l.Listen != "127.0.0.1:3" || l.LogLevel != "warn" || l.RateLimit != 7 || l.SecretKey != strings.Repeat("ab", 32) ||
		l.DrainTimeout != 25*time.Second || l.Database != "sqlite:"+filepath.Join("bylaw-data", "bylaw.db") {
		t.Errorf("%+v", l.Settings)
	}
	if p := l.Proxies(); len(p) != 2 || p[0].Bits() != 32 || p[1].Bits() != 16 {
		t.Errorf("proxies: %v", p)
	}
}

func TestTheFileMayBeNamedInTheEnvironment(t *testing.T) {
	file := write(t, "bylaw.yaml", "log-format: json\n")
	l, err := Load(Sources{Env: []string{"BYLAW_CONFIG=" + file}})
	if err != nil || l.LogFormat != "json" {
		t.Fatal(l, err)
	}
}

func TestEveryProblemIsNamedWithItsPlace(t *testing.T) {
	file := write(t, "bylaw.yaml", "listn: 127.0.0.1:1\nlog-level: loud\nlog-level: info\ndemo: maybe\nplugin-env: {a: b}\nlisten: [a]\n")
	_, err := Load(Sources{
		Flags: map[string]string{"secret-key": "x", "rate-limit": "-1", "drain-timeout": "1h"},
		Env: []string{"BYLAW_DATADIR=x", "BYLAW_DATABASE=postgres://u:secret-password@h/db", "BYLAW_LISTEN=here", "BYLAW_LISTEN_FILE=" + file,
			"BYLAW_BASE_PATH=bylaw", "BYLAW_PUBLIC_URL=ftp://x", "BYLAW_TRUSTED_PROXIES=10.0.0.1,all", "BYLAW_METRICS_LISTEN_FILE=/no/such"},
		File: file,
	})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	for _, want := range []string{
		`bylaw.yaml:1: there is no setting "listn"; did you mean "listen"?`,
		`bylaw.yaml:2: log-level: it is one of debug, info, warn, error (it is "loud")`,
		"bylaw.yaml:3: log-level stands here twice",
		"bylaw.yaml:4: demo: write true or false",
		"bylaw.yaml:5: plugin-env is a list",
		"bylaw.yaml:6: listen is a text",
		"--secret-key: a flag can be read by others on this machine; use BYLAW_SECRET_KEY or BYLAW_SECRET_KEY_FILE",
		"--rate-limit: rate-limit: it must not be negative",
		"--drain-timeout: drain-timeout: it is between 0s and 10m",
		`BYLAW_DATADIR: there is no setting "BYLAW_DATADIR"; did you mean "BYLAW_DATA_DIR"?`,
		"BYLAW_DATABASE: database: it begins with sqlite: or mysql://",
		"BYLAW_LISTEN: listen: write an address and a port",
		"BYLAW_LISTEN_FILE: it is set twice, here and as BYLAW_LISTEN",
		"BYLAW_BASE_PATH: base-path: write a path such as /bylaw",
		"BYLAW_PUBLIC_URL: public-url: write an address",
		`BYLAW_TRUSTED_PROXIES: trusted-proxies: "all" is neither an address nor a network`,
		"BYLAW_METRICS_LISTEN_FILE: the file cannot be read",
	} {
		if !strings.Contains(e.Error(), want) {
			t.Errorf("no %q in:\n%s", want, e.Error())
		}
	}
	if strings.Contains(e.Error(), "secret-password") {
		t.Error("an error shows a password")
	}
	if zh := e.In("zh_CN"); !strings.Contains(zh, `没有设置项 "listn"，是不是想写 "listen"？`) {
		t.Errorf("in Chinese:\n%s", zh)
	}
}

func TestWhatOthersPutIntoTheEnvironmentIsPassedOver(t *testing.T) {
	_, err := Load(Sources{Env: []string{"BYLAW_TEST_MARIADB=x", "BYLAW_PORT_8080_TCP=tcp://10.0.0.1:8080", "BYLAW_SERVICE_HOST=10.0.0.1", "BYLAW_TOKEN=x"}})
	if err != nil {
		t.Error(err)
	}
}

func TestPlainHTTPStaysOnThisMachine(t *testing.T) {
	for listen, ok := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "localhost:80": true, "127.9.9.9:1": true,
		"0.0.0.0:80": false, ":80": false, "192.168.1.2:80": false, "[::]:80": false, "example.com:80": false} {
		l, err := Load(Sources{Flags: map[string]string{"listen": listen}})
		if err != nil {
			t.Fatal(listen, err)
		}
		if err := l.Serving(); (err == nil) != ok {
			t.Errorf("%s: %v", listen, err)
		}
		l.InsecureHTTP = true
		if err := l.Serving(); err != nil {
			t.Errorf("%s with --insecure-http: %v", listen, err)
		}
	}
}

func TestDemoKeepsAwayFromEverythingReal(t *testing.T) {
	l, err := Load(Sources{Flags: map[string]string{"demo": "true"}})
	if err != nil || l.DataDir != "bylaw-data-demo" || l.Database != "sqlite:"+filepath.Join("bylaw-data-demo", "bylaw.db") {
		t.Error(l, err)
	}
	for given, want := range map[string]string{"/srv/bylaw/": "/srv/bylaw-demo", "mine-demo": "mine-demo"} {
		l, err := Load(Sources{Flags: map[string]string{"demo": "true", "data-dir": given}})
		if err != nil || l.DataDir != want {
			t.Errorf("--data-dir %s: %v, %v", given, l, err)
		}
	}
	for name, value := range map[string]string{"database": "sqlite:x.db", "listen": "0.0.0.0:80"} {
		if _, err := Load(Sources{Flags: map[string]string{"demo": "true", name: value, "insecure-http": "true"}}); err == nil {
			t.Errorf("--demo with --%s is let pass", name)
		}
	}
}

func TestShowHidesSecrets(t *testing.T) {
	l, err := Load(Sources{Env: []string{"BYLAW_SECRET_KEY=" + strings.Repeat("0f", 32), "BYLAW_DATABASE=mysql://bylaw:pa55word@db:3306/bylaw"}})
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]Shown{}
	for _, s := range l.Show("zh") {
		shown[s.Name] = s
	}
	if shown["secret-key"].Value != "********" || shown["database"].Value != "mysql://bylaw:xxxxx@db:3306/bylaw" ||
		shown["database"].Origin != "BYLAW_DATABASE" || !strings.Contains(shown["listen"].About, "监听") {
		t.Errorf("%+v", shown)
	}
}

func TestOriginOfLinks(t *testing.T) {
	tests := []struct {
		listen, base, public, want string
	}{
		{"127.0.0.1:8080", "", "", "http://127.0.0.1:8080"},
		{"0.0.0.0:80", "/bylaw", "", "http://127.0.0.1:80/bylaw"},
		{":80", "", "", "http://127.0.0.1:80"},
		{"127.0.0.1:8080", "/b", "https://x.example/b/", "https://x.example/b"},
	}
	for _, test := range tests {
		l, err := Load(Sources{Flags: map[string]string{"listen": test.listen, "base-path": test.base}, Env: []string{"BYLAW_PUBLIC_URL=" + strings.TrimSuffix(test.public, "/")}})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Origin(); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

func TestSecretKeysAreRead(t *testing.T) {
	for _, text := range []string{strings.Repeat("0F", 32), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"} {
		if key, err := DecodeKey(text); err != nil || len(key) != KeyBytes {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "00", strings.Repeat("0", 63), strings.Repeat("0F", 33)} {
		if _, err := DecodeKey(text); err == nil {
			t.Errorf("%q is taken for a key", text)
		}
	}
}
