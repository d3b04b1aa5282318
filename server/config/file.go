package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// readFile reads a settings file: YAML, one setting a line. "" is none.
func readFile(path string) (found []value, problems []Problem) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, []Problem{{path, Text{En: fmt.Sprintf("the settings file cannot be read: %v", err), Zh: fmt.Sprintf("无法读取设置文件：%v", err)}}}
	}
	var root yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&root); err != nil && !errors.Is(err, io.EOF) {
		return nil, []Problem{{path, Text{En: fmt.Sprintf("this is no YAML: %v", err), Zh: fmt.Sprintf("不是合法的 YAML：%v", err)}}}
	}
	if len(root.Content) == 0 {
		return nil, nil
	}
	f := file{name: filepath.Base(path), seen: map[string]bool{}}
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		f.add(top, "write settings as name: value, one a line", "请每行写一项：名称: 值")
		return nil, f.problems
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		f.entry(top.Content[i], top.Content[i+1])
	}
	return f.found, f.problems
}

// file gathers what a settings file says.
type file struct {
	name     string
	seen     map[string]bool
	found    []value
	problems []Problem
}

func (f *file) where(n *yaml.Node) string { return fmt.Sprintf("%s:%d", f.name, n.Line) }

func (f *file) add(n *yaml.Node, en, zh string) {
	f.problems = append(f.problems, Problem{f.where(n), Text{En: en, Zh: zh}})
}

func (f *file) entry(key, n *yaml.Node) {
	s := Find(key.Value)
	switch {
	case s == nil:
		f.problems = append(f.problems, unknown(f.where(key), key.Value, names()))
		return
	case f.seen[s.Name]:
		f.add(key, s.Name+" stands here twice", s.Name+" 重复")
		return
	}
	f.seen[s.Name] = true
	text, ok := n.Value, n.Kind == yaml.ScalarNode
	if n.Tag == "!!null" {
		text = ""
	}
	if n.Kind == yaml.SequenceNode && s.Kind == List {
		text, ok = list(n)
	}
	if !ok {
		f.add(n, fmt.Sprintf("%s is a %s", s.Name, s.Kind), fmt.Sprintf("%s 的值类型不对", s.Name))
		return
	}
	f.found = append(f.found, value{s, text, f.where(n)})
}

func list(n *yaml.Node) (string, bool) {
	var parts []string
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode {
			return "", false
		}
		parts = append(parts, item.Value)
	}
	return strings.Join(parts, ","), true
}
