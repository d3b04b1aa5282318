package config

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// read turns a text into the setting's kind.
func (s *Setting) read(text string) (any, *Text) {
	v, problem := s.parse(text)
	if problem == nil && s.check != nil {
		problem = s.check(text)
	}
	if problem == nil {
		return v, nil
	}
	en, zh := fmt.Sprintf(" (it is %q)", text), fmt.Sprintf("（现为 %q）", text)
	if s.Secret || s.Name == "database" {
		en, zh = "", ""
	}
	return nil, &Text{En: fmt.Sprintf("%s: %s%s", s.Name, problem.En, en), Zh: fmt.Sprintf("%s：%s%s", s.Name, problem.Zh, zh)}
}

func (s *Setting) parse(text string) (any, *Text) {
	switch s.Kind {
	case Bool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b, nil
		}
		return nil, wrong("write true or false", "请写 true 或 false")
	case Number:
		if n, err := strconv.Atoi(text); err == nil {
			return n, nil
		}
		return nil, wrong("write a whole number", "请写整数")
	case Duration:
		if d, err := time.ParseDuration(text); err == nil {
			return d, nil
		}
		return nil, wrong("write a duration such as 30s or 5m", "请写时长，如 30s 或 5m")
	case List:
		return splitList(text), nil
	}
	return text, nil
}

func splitList(text string) []string {
	list := []string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func readFlags(flags map[string]string) (found []value, problems []Problem) {
	for name, text := range flags {
		s := Find(name)
		switch {
		case s == nil:
			problems = append(problems, unknown("--"+name, name, names()))
		case s.Secret:
			problems = append(problems, Problem{"--" + name, Text{
				En: fmt.Sprintf("a flag can be read by others on this machine; use %s or %s_FILE", s.Env(), s.Env()),
				Zh: fmt.Sprintf("命令行参数可被本机其他用户看到，请用 %s 或 %s_FILE", s.Env(), s.Env())}})
		default:
			found = append(found, value{s, text, "--" + name})
		}
	}
	return found, problems
}

// notSettings are names in the environment that begin like ours and are not:
// those of tests and of the command line's other parts, and those that
// Kubernetes and Docker make up for a service called bylaw.
var notSettings = []string{"BYLAW_TEST_", "BYLAW_CI_", "BYLAW_FUZZTIME", "BYLAW_FAILPOINT", "BYLAW_BENCH_", "BYLAW_CHANNEL_PLUGIN",
	"BYLAW_SERVER", "BYLAW_TOKEN", "BYLAW_DB_", "BYLAW_BIND", "BYLAW_SERVICE_", "BYLAW_PORT"}

// readEnv reads the settings in an environment, and the path in BYLAW_CONFIG.
func readEnv(environ []string) (found []value, file string, problems []Problem) {
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, EnvPrefix) || slices.ContainsFunc(notSettings, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		if name == EnvPrefix+"CONFIG" {
			file = text
			continue
		}
		v, problem := readVariable(name, text)
		if problem == nil {
			for _, other := range found {
				if other.setting == v.setting {
					problem = &Problem{name, Text{En: "it is set twice, here and as " + other.where, Zh: "与 " + other.where + " 重复设置"}}
				}
			}
		}
		if problem != nil {
			problems = append(problems, *problem)
			continue
		}
		found = append(found, v)
	}
	return found, file, problems
}

func readVariable(name, text string) (value, *Problem) {
	var envs []string
	for i := range Table {
		s := &Table[i]
		envs = append(envs, s.Env())
		switch name {
		case s.Env():
			return value{s, text, name}, nil
		case s.Env() + "_FILE":
			content, err := os.ReadFile(text)
			if err != nil {
				return value{}, &Problem{name, Text{En: fmt.Sprintf("the file cannot be read: %v", err), Zh: fmt.Sprintf("无法读取文件：%v", err)}}
			}
			return value{s, strings.TrimRight(string(content), "\r\n"), name}, nil
		}
	}
	problem := unknown(name, name, envs)
	return value{}, &problem
}
