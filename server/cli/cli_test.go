package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/bylaw-dev/bylaw/plugins/channels"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == channels.Argument { // we are a plugin of a test's host
		channels.Serve(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

// ran is one run of the command line.
type ran struct {
	code     int
	out, err string
}

// shell is an environment in which commands are run.
type shell struct {
	env []string
	in  string
}

// at is a shell with a data folder of its own.
func at(t *testing.T) shell {
	t.Helper()
	return shell{env: []string{"BYLAW_DATA_DIR=" + t.TempDir()}}
}

func (s shell) run(t *testing.T, args ...string) ran {
	t.Helper()
	var out, err bytes.Buffer
	code := Run(t.Context(), args, Streams{In: strings.NewReader(s.in), Out: &out, Err: &err, Env: s.env})
	return ran{code, out.String(), err.String()}
}

// must runs a command that has to succeed.
func (s shell) must(t *testing.T, args ...string) string {
	t.Helper()
	r := s.run(t, args...)
	if r.code != exitOK {
		t.Fatalf("bylaw %v ended with %d:\n%s%s", args, r.code, r.out, r.err)
	}
	return r.out
}

func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func TestWhatIsUsedWronglySaysHowToUseIt(t *testing.T) {
	english, chinese := shell{env: []string{"LANG=en_US.UTF-8"}}, shell{env: []string{"LANG=en_US.UTF-8", "LC_ALL=zh_CN.UTF-8"}}
	tests := []struct {
		shell shell
		args  string
		code  int
		err   string
	}{
		{english, "sevre", exitUsage, `there is no command "sevre"; did you mean "serve"?`},
		{chinese, "sevre", exitUsage, `没有命令 "sevre"，是不是想写 "serve"？`},
		{english, "rules chekc x", exitUsage, `there is no command "chekc"; did you mean "check"?`},
		{english, "--listn 127.0.0.1:1", exitUsage, `there is no flag "--listn"; did you mean "--listen"?`},
		{english, "serve --rate-limit many", exitUsage, "--rate-limit: rate-limit: write a whole number"},
		{english, "serve --listen 0.0.0.0:0", exitUsage, "say --insecure-http"},
		{chinese, "serve --listen 0.0.0.0:0", exitUsage, "设置有误"},
		{chinese, "rules backfill x", exitUsage, "请指明日期范围"},
		{english, "rules backfill x --from 2026-01-01", exitUsage, "--from 2026-01-01 --to 2026-02-01"},
		{english, "token create extra", exitUsage, `"extra" is one too many; write: bylaw token create [flags]`},
		{chinese, "verify extra", exitUsage, `"extra" 是多余的，用法：bylaw verify [flags]`},
		{english, "user create", exitUsage, "there is no command \"create\"; see bylaw user --help"},
		{english, "help nothing", exitUsage, `there is no command "nothing"`},
		{chinese, "help rules chekc", exitUsage, `没有命令 "chekc"，是不是想写 "check"？`},
		{english, "completion tcsh", exitUsage, `there is no shell "tcsh"`},
		{chinese, "completion", exitUsage, "用法：bylaw completion <bash|zsh|fish|powershell>"},
		{chinese, "doctor --listen", exitUsage, "--listen 缺少值"},
		{chinese, "doctor --drain-timeout soon", exitUsage, `drain-timeout：请写时长，如 30s 或 5m（现为 "soon"）`},
		{chinese, "rules backfill x --confirm many", exitUsage, `--confirm 不能是 "many"`},
		{english, "token create --role emperor", exitProblems, "there are owner, admin, operator, analyst, viewer"},
		{chinese, "token revoke nothing", exitProblems, `没有这个令牌："nothing"`},
		{english, "doctor --config /nowhere.yaml", exitUsage, "/nowhere.yaml: the settings file cannot be read"},
		{chinese, "doctor --config /nowhere.yaml", exitUsage, "/nowhere.yaml: 无法读取设置文件"},
		{english, "plugin test nowhere", exitUsage, "nowhere is no plugin's folder, it has no bylaw-plugin.json"},
		{chinese, "plugin pack nowhere", exitUsage, "不是插件目录"},
		{english, "plugin dev nowhere", exitUsage, "nowhere is no plugin's folder"},
		{chinese, "plugin install nowhere", exitUsage, "不是插件目录"},
		{chinese, "plugin new Chat", exitProblems, `插件不能叫 "Chat"`},
		{chinese, "plugin trust nothing", exitProblems, `没有插件 "nothing"`},
		{chinese, "backup /nowhere/x", exitUsage, "/nowhere/x 所在的目录不存在"},
		{chinese, "export members --out /nowhere/x", exitUsage, "/nowhere/x 所在的目录不存在"},
		{english, "bundle create /nowhere/x", exitUsage, "there is no folder for /nowhere/x"},
		{english, "rules diff a.yaml b.yaml", exitUsage, "a.yaml: no such file"},
		{english, "config print --secret-key x", exitUsage, `there is no flag "--secret-key"`},
		{english, "rules check", exitUsage, "write: bylaw rules check <file or folder>..."},
		{english, "rules check nowhere.yaml", exitUsage, "nowhere.yaml: no such file or folder"},
		{english, "rules check rules/packs/nothing", exitUsage, "no such file or folder"},
		{english, "migrate down 0", exitUsage, "say --yes"},
		{english, "event send --batch 0 x", exitUsage, "--batch is 1 to 1000"},
		{english, "event send x", exitUsage, "a token is needed"},
		{english, "token create --database mysql://u:p@127.0.0.1:1/x", exitUnavailable, "database cannot be reached"},
		{english, "token create --database mysql://u:p@h/x?clientFoundRows=true", exitProblems, "a duplicate would be counted as new"},
		{english, "healthcheck --listen 127.0.0.1:1", exitUnavailable, "is not ready"},
	}
	for _, test := range tests {
		test.shell.env = append(test.shell.env, "BYLAW_DATA_DIR="+t.TempDir())
		r := test.shell.run(t, strings.Fields(test.args)...)
		if r.code != test.code || !strings.Contains(r.err, test.err) || r.out != "" {
			t.Errorf("bylaw %s ended with %d, not %d, or does not say %q:\n%s%s", test.args, r.code, test.code, test.err, r.out, r.err)
		}
	}
}

func TestUnknownVariablesAreErrors(t *testing.T) {
	s := at(t)
	s.env = append(s.env, "BYLAW_LISTN=127.0.0.1:1")
	if r := s.run(t, "config", "print"); r.code != exitUsage || !strings.Contains(r.err, `did you mean "BYLAW_LISTEN"?`) {
		t.Error(r)
	}
}

func TestConfigPrint(t *testing.T) {
	s := at(t)
	s.env = append(s.env, "BYLAW_LOG_LEVEL=debug", "BYLAW_SECRET_KEY="+strings.Repeat("0f", 32))
	file := write(t, t.TempDir(), "b.yaml", "rate-limit: 5\n")
	out := s.must(t, "config", "print", "--config", file, "--listen", "127.0.0.1:99")
	for _, line := range []string{"listen 127.0.0.1:99 --listen BYLAW_LISTEN", "log-level debug BYLAW_LOG_LEVEL", "rate-limit 5 b.yaml:1", "secret-key ******** BYLAW_SECRET_KEY", "base-path - default"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), line) {
			t.Errorf("no %q in\n%s", line, out)
		}
	}
	type setting struct{ Name, Origin, About string }
	s.env = append(s.env, "LANG=zh_CN.UTF-8")
	all := decode[[]setting](t, s.must(t, "config", "print", "--json"))
	if len(all) < 15 || all[0].Name != "listen" || !strings.Contains(all[0].About, "监听") {
		t.Errorf("%+v", all)
	}
}

func TestHelpIsInTheReadersLanguage(t *testing.T) {
	if out := (shell{env: []string{"LANG=zh_CN.UTF-8"}}).must(t, "--help"); !strings.Contains(out, "启动服务") || !strings.Contains(out, "--data-dir") {
		t.Error(out)
	}
	if out := (shell{}).must(t, "--help"); !strings.Contains(out, "Run the server") {
		t.Error(out)
	}
}

// What is shown to a reader of Chinese says everything in Chinese: all help of all
// commands, also what the library of commands brings.
func TestAllHelpIsInBothLanguages(t *testing.T) {
	latin := regexp.MustCompile(`[a-z]{3,} +[a-z]{2,} `)
	han := func(r rune) bool { return unicode.Is(unicode.Han, r) }
	var walk func(path ...string)
	commands := 0
	walk = func(path ...string) {
		commands++
		en, zh := (shell{}).must(t, append(path, "--help")...), (shell{env: []string{"LANG=zh_CN.UTF-8"}}).must(t, append(path, "--help")...)
		for line := range strings.Lines(en) {
			if strings.ContainsFunc(line, han) && !strings.HasPrefix(strings.TrimSpace(line), "bylaw ") {
				t.Errorf("bylaw %v --help in English: %s", path, line)
			}
		}
		below := false
		for line := range strings.Lines(zh) {
			text := strings.TrimSpace(line)
			if latin.MatchString(text) && !strings.ContainsFunc(text, han) && !strings.Contains(text, "bylaw ") {
				t.Errorf("bylaw %v --help in Chinese: %s", path, line)
			}
			word, _, _ := strings.Cut(text, " ")
			if below && word != "" && word != "help" {
				walk(append(path, word)...)
			}
			below = strings.HasPrefix(text, "命令：") || below && text != ""
		}
	}
	walk()
	if commands < 50 {
		t.Errorf("only %d commands were found", commands)
	}
}

func TestVersionAndCompletion(t *testing.T) {
	if v := decode[Version](t, shell{}.must(t, "version", "--json")); v.Go == "" || v.OS == "" {
		t.Errorf("%+v", v)
	}
	for _, name := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := (shell{}).must(t, "completion", name); !strings.Contains(out, "bylaw") {
			t.Errorf("completion for %s: %.100s", name, out)
		}
	}
	for words, want := range map[string]string{"rules ba": "backtest", "comp": "completion", "completion z": "zsh", "help rules t": "test", "serve --lis": "--listen", "--js": "--json"} {
		out := (shell{}).must(t, append([]string{"__complete"}, strings.Fields(words)...)...)
		if !strings.HasPrefix(out, want) && !strings.Contains(out, "\n"+want) {
			t.Errorf("%q is completed by\n%s", words, out)
		}
	}
}

func TestTokensBesideNothing(t *testing.T) {
	s := at(t)
	first := s.run(t, "token", "create", "--workspace", "default", "--role", "operator", "--scopes", "events:write", "--expires", "24h", "--name", "shop")
	if first.code != exitOK || !strings.Contains(first.err, "there was no database at") {
		t.Fatalf("%+v", first) // who meant another folder must see it
	}
	if r := s.run(t, "token", "list"); r.err != "" {
		t.Errorf("with a database, a command says %s", r.err)
	}
	secret := first.out
	if strings.Count(secret, "\n") != 1 || !strings.HasPrefix(secret, "byl_") {
		t.Fatalf("token create prints %q", secret)
	}
	type token struct {
		ID, Name, Role string
		Scopes         []string
		RevokedAt      string `json:"revoked_at"`
	}
	list := decode[[]token](t, s.must(t, "token", "list", "--json"))
	if len(list) != 1 || list[0].Name != "shop" || list[0].Role != "operator" || len(list[0].Scopes) != 1 {
		t.Fatalf("%+v", list)
	}
	if out := s.must(t, "token", "list"); strings.Contains(out, strings.TrimSpace(secret)) || !strings.Contains(out, list[0].ID) {
		t.Errorf("the list shows\n%s", out)
	}
	s.must(t, "token", "revoke", list[0].ID)
	if list = decode[[]token](t, s.must(t, "token", "list", "--json")); list[0].RevokedAt == "" {
		t.Errorf("%+v", list)
	}
	for args, want := range map[string]string{
		"create --workspace nowhere":     `there is no workspace "nowhere"`,
		"create --role emperor":          `there is no role "emperor"`,
		"create --scopes events:destroy": `there is no scope "events:destroy"`,
		"create --expires soon":          "--expires is a duration",
		"revoke tok_none":                "tok_none",
	} {
		if r := s.run(t, append([]string{"token"}, strings.Fields(args)...)...); r.code == exitOK || !strings.Contains(r.err, want) {
			t.Errorf("token %s: %+v", args, r)
		}
	}
}

func TestWorkspaces(t *testing.T) {
	s := at(t)
	if secret := s.must(t, "workspace", "create", "shop-7", "--name", "Runners", "--external-id", "x-7"); !strings.HasPrefix(secret, "byl_") {
		t.Fatal(secret)
	}
	if out := s.must(t, "workspace", "list"); !strings.Contains(out, "shop-7") || !strings.Contains(out, "Runners") || !strings.Contains(out, "default") {
		t.Error(out)
	}
	if r := s.run(t, "workspace", "create", "shop-7"); r.code != exitProblems || !strings.Contains(r.err, "exists already") {
		t.Errorf("%+v", r)
	}
	if r := s.run(t, "workspace", "create", "Not A Key"); r.code != exitProblems || !strings.Contains(r.err, "a key has 1 to 64") {
		t.Errorf("%+v", r)
	}
}

func TestMigrate(t *testing.T) {
	s := at(t)
	type version struct{ Current, Needed int64 }
	r := s.run(t, "migrate", "status", "--json")
	if v := decode[version](t, r.out); r.code != exitProblems || v.Current != 0 || v.Needed == 0 {
		t.Errorf("%+v", r)
	}
	s.must(t, "migrate", "up")
	if v := decode[version](t, s.must(t, "migrate", "status", "--json")); v.Current != v.Needed {
		t.Errorf("%+v", v)
	}
	s.must(t, "migrate", "down", "1", "--yes")
	if r := s.run(t, "token", "list"); r.code != exitProblems || !strings.Contains(r.err, "bylaw migrate up") {
		t.Errorf("a tool on old tables: %+v", r)
	}
}

func TestDoctor(t *testing.T) {
	s := at(t)
	s.must(t, "token", "list")
	out := s.must(t, "doctor", "--listen", "127.0.0.1:0")
	for _, name := range []string{"program", "address", "data", "disk", "key", "database", "secrets", "channels", "clock", "zones", "plugins", "port"} {
		if !strings.Contains(out, "ok   "+name) && !strings.Contains(out, "ok   "+" "+name) {
			t.Errorf("nothing about %s in\n%s", name, out)
		}
	}
	r := s.run(t, "doctor", "--listen", "0.0.0.0:0", "--database", "mysql://u:p@127.0.0.1:1/x")
	if r.code != exitUnavailable || !strings.Contains(r.out, "FAIL address") || !strings.Contains(r.out, "FAIL database") || strings.Contains(r.out+r.err, "u:p@") {
		t.Errorf("%+v", r)
	}
	file := write(t, t.TempDir(), "plain", "")
	if r := s.run(t, "doctor", "--data-dir", file); r.code != exitProblems || !strings.Contains(r.out, "--data-dir") {
		t.Errorf("a data folder that is a file: %+v", r)
	}
}
