package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// maxPackFiles is how many rules a pack holds, and how many drafts.
const maxPackFiles = 2000

// PackFile is the file of a pack's folder that describes it.
const PackFile = "pack.yaml"

// Pack is a folder of rules with what they need, ready to install.
type Pack struct {
	Key      string
	Title    engine.Text
	About    engine.Text
	Requires []engine.Definition // sorted by kind and key; Body is JSON
	Rules    []PackRule          // in the order of pack.yaml
	Drafts   []PackRule          // kept beside them, not to be published; they may have any problems
}

// PackRule is one rule of a pack.
type PackRule struct {
	File     string
	Document *Document
}

// LoadPack reads a pack's folder. A problem's path begins with its file:
// "student.yaml#/when". The pack is nil when pack.yaml cannot be read.
func LoadPack(folder fs.FS) (*Pack, []engine.Problem) {
	src, err := fs.ReadFile(folder, PackFile)
	if err != nil {
		return nil, []engine.Problem{fileProblem(PackFile, err)}
	}
	found := &problems{}
	root := parseTree(string(src), found)
	p := &Pack{}
	var files, drafts []*node
	if root.kind == mappingNode {
		r := &reader{doc: &Document{}, problems: found}
		files, drafts = r.pack(root, p)
	}
	list := inFile(PackFile, sorted(found.list))
	for _, f := range files {
		src, err := fs.ReadFile(folder, f.text)
		if err != nil {
			list = append(list, fileProblem(f.text, err))
			continue
		}
		doc, problems := Parse(src)
		list = append(list, inFile(f.text, problems)...)
		p.Rules = append(p.Rules, PackRule{f.text, doc})
	}
	for _, f := range drafts {
		src, err := fs.ReadFile(folder, f.text)
		if err != nil {
			list = append(list, fileProblem(f.text, err))
			continue
		}
		doc, _ := Parse(src)
		p.Drafts = append(p.Drafts, PackRule{f.text, doc})
	}
	return p, append(list, p.sameKeys()...)
}

func fileProblem(file string, err error) engine.Problem {
	return engine.Problem{Code: "pack_file", Path: file, Line: 1, Column: 1, Message: engine.Text{
		En: fmt.Sprintf("the file cannot be read: %v", err), Zh: fmt.Sprintf("无法读取文件：%v", err)}}
}

func inFile(file string, list []engine.Problem) []engine.Problem {
	out := slices.Clone(list)
	for i := range out {
		out[i].Path = file + "#" + out[i].Path
	}
	return out
}

// sameKeys reports rules that would overwrite each other.
func (p *Pack) sameKeys() []engine.Problem {
	var list []engine.Problem
	seen := map[string]string{}
	for _, r := range p.Rules {
		if other := seen[r.Document.Key]; other != "" && r.Document.Key != "" {
			list = append(list, engine.Problem{Code: "same_key", Path: r.File + "#/key", Line: 1, Column: 1, Message: engine.Text{
				En: fmt.Sprintf("the key %q is also that of %s", r.Document.Key, other), Zh: fmt.Sprintf("key %q 与 %s 相同", r.Document.Key, other)}})
		}
		seen[r.Document.Key] = r.File
	}
	return list
}

var (
	aPack     = engine.Text{En: "a pack", Zh: "规则包"}
	aRequires = engine.Text{En: "requires", Zh: "requires "}
)

func (r *reader) pack(n *node, p *Pack) (files, drafts []*node) {
	file := func(list *[]*node) func(int, *node) {
		return func(_ int, item *node) {
			if text, ok := r.text(item); ok && fs.ValidPath(text) {
				*list = append(*list, item)
			} else if ok {
				r.add(item, say("bad_file", "a file of the pack's folder is needed here", "这里要写规则包文件夹里的文件"))
			}
		}
	}
	r.fields(n, aPack,
		slot{"key", func(v *node) { r.key(v); p.Key = r.doc.Key }},
		slot{"title", func(v *node) { p.Title = r.bilingual(v, aTitle) }},
		slot{"about", func(v *node) { p.About = r.bilingual(v, aTitle) }},
		slot{"requires", func(v *node) { p.Requires = r.requires(v) }},
		slot{"rules", func(v *node) { r.each(v, maxPackFiles, file(&files)) }},
		slot{"drafts", func(v *node) { r.each(v, maxPackFiles, file(&drafts)) }})
	for _, name := range []string{"key", "title", "rules"} {
		if n.find(name) == nil {
			r.add(n.start(), sayf("needs_field", "a pack needs %q", "规则包需要 %q", name))
		}
	}
	return files, drafts
}

// section is one list of definitions in requires.
type section struct {
	name string
	kind engine.DefinitionKind
	make func() any // an empty definition, to hold its fields to
}

var sections = []section{
	{"event_types", engine.DefineEventType, func() any { return &engine.EventType{} }},
	{"attributes", engine.DefineAttribute, func() any { return &engine.Attribute{} }},
	{"groups", engine.DefineGroup, func() any { return &engine.GroupDef{} }},
	{"ladders", engine.DefineLadder, func() any { return &engine.Ladder{} }},
	{"rewards", engine.DefineReward, func() any { return &engine.Reward{} }},
	{"templates", engine.DefineTemplate, func() any { return &engine.Template{} }},
	{"channels", engine.DefineChannel, func() any { return &engine.ChannelDef{} }},
	{"segments", engine.DefineSegment, func() any { return &engine.Segment{} }},
}

func (r *reader) requires(n *node) []engine.Definition {
	var list []engine.Definition
	var slots []slot
	for _, s := range sections {
		slots = append(slots, slot{s.name, func(v *node) {
			r.each(v, 1000, func(_ int, item *node) {
				if d, ok := r.definition(s, item); ok {
					list = append(list, d)
				}
			})
		}})
	}
	r.fields(n, aRequires, slots...)
	slices.SortFunc(list, func(a, b engine.Definition) int {
		return slices.Compare([]string{string(a.Kind), a.Key}, []string{string(b.Kind), b.Key})
	})
	return list
}

// definition turns one item into JSON and holds it to its Go type, so that a
// misspelt field is found here and not after installing.
func (r *reader) definition(s section, n *node) (engine.Definition, bool) {
	key := ""
	if n.kind == mappingNode && n.find("key") != nil {
		key = r.name(n.find("key"))
	}
	if key == "" {
		r.add(n, sayf("needs_field", "each of %s needs %q", "%s 的每一项都需要 %q", s.name, "key"))
		return engine.Definition{}, false
	}
	body, err := json.Marshal(n.plainValue())
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(s.make())
	}
	if err != nil {
		why := jsonWords(err)
		r.add(n, say("bad_definition", s.name+" "+quote(key)+" "+why.En, s.name+" "+quote(key)+" "+why.Zh))
	}
	return engine.Definition{Kind: s.kind, Key: key, Body: body}, err == nil
}

// jsonWords says what is wrong with a definition as an operator reads it.
func jsonWords(err error) engine.Text {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return engine.Text{En: fmt.Sprintf("has a %s where %q does not take one", kind.Value, kind.Field), Zh: fmt.Sprintf("的 %q 不能是 %s", kind.Field, kind.Value)}
	}
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "json: unknown field "); ok {
		return engine.Text{En: "has no field " + name, Zh: "没有字段 " + name}
	}
	return engine.Text{En: "cannot be read: " + text, Zh: "无法读取：" + text}
}

// plainValue is the value as encoding/json knows it.
func (n *node) plainValue() any {
	switch n.kind {
	case mappingNode:
		m := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			m[e.key.text] = e.value.plainValue()
		}
		return m
	case listNode:
		l := make([]any, len(n.items))
		for i, item := range n.items {
			l[i] = item.plainValue()
		}
		return l
	}
	if b, ok := n.boolean(); ok {
		return b
	}
	if n.plain && isNumber(n.text) {
		return json.Number(n.text)
	}
	return n.text
}

// Definitions gives a workspace's definitions as they are after the pack is
// installed. What the workspace has already stays as it is, except that event
// types get the fields that they lack.
func (p *Pack) Definitions(base *engine.Definitions) (*engine.Definitions, error) {
	d := *base
	d.Groups, d.Ladders, d.Rewards = copyOf(base.Groups), copyOf(base.Ladders), copyOf(base.Rewards)
	d.Templates, d.Channels, d.EventTypes = copyOf(base.Templates), copyOf(base.Channels), copyOf(base.EventTypes)
	d.Segments, d.Attributes = copyOf(base.Segments), copyOf(base.Attributes)
	for _, r := range p.Requires {
		if err := install(&d, r); err != nil {
			return nil, fmt.Errorf("install %s %q of pack %q: %w", r.Kind, r.Key, p.Key, err)
		}
	}
	return &d, nil
}

func copyOf[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return maps.Clone(m)
}

func install(d *engine.Definitions, r engine.Definition) error {
	switch r.Kind {
	case engine.DefineEventType:
		return addType(d.EventTypes, r)
	case engine.DefineAttribute:
		return add(d.Attributes, r, func(a *engine.Attribute) error {
			fields := []engine.Field{a.Field}
			err := typedFields(fields)
			a.Field = fields[0]
			return err
		})
	case engine.DefineGroup:
		return add[engine.GroupDef](d.Groups, r, nil)
	case engine.DefineLadder:
		return add[engine.Ladder](d.Ladders, r, nil)
	case engine.DefineReward:
		return add[engine.Reward](d.Rewards, r, nil)
	case engine.DefineTemplate:
		return add[engine.Template](d.Templates, r, nil)
	case engine.DefineChannel:
		return add[engine.ChannelDef](d.Channels, r, nil)
	case engine.DefineSegment:
		return add[engine.Segment](d.Segments, r, nil)
	}
	return fmt.Errorf("packs hold no definitions of kind %q", r.Kind)
}

func add[T any](m map[string]*T, r engine.Definition, finish func(*T) error) error {
	if m[r.Key] != nil {
		return nil
	}
	v := new(T)
	if err := json.Unmarshal(r.Body, v); err != nil {
		return err
	}
	m[r.Key] = v
	if finish != nil {
		return finish(v)
	}
	return nil
}

// addType adds an event type, or its fields to the type that is there.
func addType(m map[string]*engine.EventType, r engine.Definition) error {
	var t engine.EventType
	if err := json.Unmarshal(r.Body, &t); err != nil {
		return err
	}
	if err := typedFields(t.Fields); err != nil {
		return err
	}
	if have := m[r.Key]; have != nil {
		merged := *have
		merged.Fields = slices.Clone(have.Fields)
		for _, f := range t.Fields {
			if _, ok := have.FieldNamed(f.Name); !ok {
				merged.Fields = append(merged.Fields, f)
			}
		}
		t = merged
	}
	m[r.Key] = &t
	return nil
}

func typedFields(fields []engine.Field) error {
	for i := range fields {
		kind, ok := engine.KindNamed(fields[i].Type)
		if !ok {
			return fmt.Errorf("field %q has no type %q", fields[i].Name, fields[i].Type)
		}
		fields[i].Kind = kind
	}
	return nil
}
