package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/knadh/koanf/v2"
)

// Sources are where settings come from.
type Sources struct {
	Flags map[string]string // those given, by name
	Env   []string          // as os.Environ gives it
	File  string            // path of the settings file, "" for none (BYLAW_CONFIG may name one)
}

// FromEnv takes the environment of this process.
func FromEnv(flags map[string]string, file string) Sources {
	return Sources{Flags: flags, Env: os.Environ(), File: file}
}

// Loaded are the settings in force and where each comes from.
type Loaded struct {
	Settings
	// Origins by name: "default", or the flag, variable or place in a file.
	Origins map[string]string
	values  map[string]string
}

// value is what one source says of one setting.
type value struct {
	setting *Setting
	text    string
	where   string
}

// Load reads the settings. The error is an *Error with every problem.
func Load(s Sources) (*Loaded, error) {
	fromEnv, file, problems := readEnv(s.Env)
	if s.File == "" {
		s.File = file
	}
	fromFile, more := readFile(s.File)
	problems = append(problems, more...)
	fromFlags, more := readFlags(s.Flags)
	problems = append(problems, more...)
	l := &Loaded{Origins: map[string]string{}, values: map[string]string{}}
	layers := koanf.New("\x00")
	for _, layer := range [][]value{defaults(), fromFile, fromEnv, fromFlags} {
		typed, found := l.take(layer)
		problems = append(problems, found...)
		if err := layers.Load(typed, nil); err != nil {
			return nil, fmt.Errorf("merge settings: %w", err)
		}
	}
	if len(problems) == 0 {
		if err := layers.Unmarshal("", &l.Settings); err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		l.finish()
		problems = l.together()
	}
	if len(problems) > 0 {
		return nil, &Error{Problems: problems}
	}
	return l, nil
}

func defaults() []value {
	all := make([]value, len(Table))
	for i := range Table {
		all[i] = value{&Table[i], Table[i].Default, "default"}
	}
	return all
}

// take checks the values of one layer and remembers where they come from.
func (l *Loaded) take(layer []value) (values, []Problem) {
	typed := values{}
	var problems []Problem
	for _, v := range layer {
		read, wrong := v.setting.read(v.text)
		if wrong != nil {
			problems = append(problems, Problem{Where: v.where, Text: *wrong})
			continue
		}
		typed[v.setting.Name] = read
		l.Origins[v.setting.Name], l.values[v.setting.Name] = v.where, v.text
	}
	return typed, problems
}

// values is one layer, as koanf reads it.
type values map[string]any

// Read gives the layer's values.
func (v values) Read() (map[string]any, error) { return v, nil }

// ReadBytes is never asked for: the values are parsed already.
func (v values) ReadBytes() ([]byte, error) {
	return nil, fmt.Errorf("settings have no raw form")
}

// together checks what settings mean for each other.
func (l *Loaded) together() []Problem {
	var problems []Problem
	add := func(name, en, zh string) {
		problems = append(problems, Problem{Where: l.Origins[name], Text: Text{En: en, Zh: zh}})
	}
	if l.BasePath != "" && l.PublicURL != "" && !strings.HasSuffix(l.PublicURL, l.BasePath) {
		add("public-url", fmt.Sprintf("the public address must end with the base path %s", l.BasePath), fmt.Sprintf("public-url 须以路径前缀 %s 结尾", l.BasePath))
	}
	if l.Demo {
		l.demo(add)
	}
	return problems
}

// Serving checks what matters only to a server that is about to listen: plain
// http stays on this machine unless somebody says otherwise.
func (l *Loaded) Serving() error {
	if l.InsecureHTTP || Loopback(l.Listen) {
		return nil
	}
	return &Error{Problems: []Problem{{Where: l.Origins["listen"], Text: Text{
		En: l.Listen + " can be reached from other machines and speaks plain http: listen on 127.0.0.1 behind a proxy with https, or say --insecure-http if such a proxy is the only way in",
		Zh: l.Listen + " 可从其他机器访问且为明文 http：请监听 127.0.0.1 并由 https 代理转发；若仅能经由该代理访问，请加 --insecure-http"}}}}
}

// demo keeps the sample community away from everything real.
func (l *Loaded) demo(add func(name, en, zh string)) {
	if l.Origins["database"] != "default" {
		add("database", "the demo has its own database: leave --database out", "示例模式使用自己的数据库，请去掉 --database")
	}
	if !Loopback(l.Listen) {
		add("listen", "the demo is served on loopback alone: leave --listen out or listen on 127.0.0.1", "示例模式仅限本机访问：请去掉 --listen 或监听 127.0.0.1")
	}
	if !strings.HasSuffix(filepath.Clean(l.DataDir), "-demo") { // never the folder of a real server
		l.DataDir = filepath.Clean(l.DataDir) + "-demo"
	}
	l.Database = "sqlite:" + filepath.Join(l.DataDir, "bylaw.db")
}
