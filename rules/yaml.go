package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bylaw-dev/bylaw/engine"
)

// yamlReader turns YAML into the tree. The library is asked for structure and
// positions only; what a scalar means is decided here, from the author's bytes.
type yamlReader struct {
	src *source
	problems
	nodes  []node  // room for those to come: a document has a thousand of them
	pieces []piece // likewise
}

// roomFor is how many nodes, and pieces, are made at a time.
const roomFor = 64

// fresh is a node that nobody has yet.
func (r *yamlReader) fresh() *node {
	if len(r.nodes) == 0 {
		r.nodes = make([]node, roomFor)
	}
	n := &r.nodes[0]
	r.nodes = r.nodes[1:]
	return n
}

// whole is the one piece of a scalar that is written as it is.
func (r *yamlReader) whole(from int) []piece {
	if len(r.pieces) == 0 {
		r.pieces = make([]piece, roomFor)
	}
	p := r.pieces[:1:1]
	r.pieces = r.pieces[1:]
	p[0] = piece{0, from}
	return p
}

// readYAML reads one YAML document. The tree is nil when there is no structure
// to speak of.
func readYAML(src *source, found *problems) *node {
	r := &yamlReader{src: src}
	defer func() { found.list = append(found.list, r.list...) }()
	root, err := decodeYAML(src.text)
	if err != nil {
		r.syntax(err)
		return nil
	}
	if root.extra {
		line, _ := src.place(len(src.text))
		for n := root.node.Line; n <= line; n++ {
			if n > root.node.Line && strings.HasPrefix(src.line(n), "---") {
				line = n
			}
		}
		at := src.offset(line, 1)
		r.add(&node{src: src, from: at, to: at + len(src.rest(at))}, say("several_documents",
			"a file holds one rule, and this one has several documents", "一个文件只能有一条规则，这里有多个文档").
			hinted("put each rule into its own file and delete ---", "每条规则放一个文件，并删除 ---"))
	}
	if len(root.node.Content) == 0 {
		return nil
	}
	return r.node(root.node.Content[0], "")
}

type yamlRoot struct {
	node  *yaml.Node
	extra bool // a second document follows
}

// decodeYAML guards against the library's own panics on comments in odd places.
func decodeYAML(text string) (root yamlRoot, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	root.node = &yaml.Node{}
	if err := decoder.Decode(root.node); err != nil && !errors.Is(err, io.EOF) {
		return root, err
	}
	var second yaml.Node
	err = decoder.Decode(&second)
	root.extra = err == nil
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return root, err
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// syntax reports what the library could not read, with a hint from the line.
func (r *yamlReader) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = strings.Replace(text, m[0], "", 1)
	}
	line = r.blame(min(max(line, 1), len(r.src.lines)))
	at := r.src.offset(line, 1)
	content := strings.TrimRight(r.src.rest(at), " \t")
	indent := len(content) - len(strings.TrimLeft(content, " \t"))
	n := &node{src: r.src, from: at + indent, to: at + len(content)}
	words := engine.Text{En: text, Zh: text}
	for _, known := range yamlWords {
		if strings.HasPrefix(text, known.library) {
			words = known.ours
		}
	}
	s := say("yaml_syntax", "this is not YAML: "+words.En, "这不是合法的 YAML："+words.Zh)
	r.add(n, syntaxHint(s, content))
}

// yamlWords say in an operator's words what the library says in its own.
var yamlWords = []struct {
	library string
	ours    engine.Text
}{
	{"could not find expected ':'", engine.Text{En: "a colon and a space are missing after a name", Zh: "字段名后缺少半角冒号和空格"}},
	{"did not find expected key", engine.Text{En: "this line does not fit the ones around it", Zh: "这一行与前后的行对不上"}},
	{"mapping values are not allowed", engine.Text{En: "there is a second colon in the line, or the line above has a value already", Zh: "一行里有两个冒号，或上一行已经有值"}},
	{"found character that cannot start any token", engine.Text{En: "a value cannot begin with this character", Zh: "值不能以这个字符开头"}},
	{"did not find expected ',' or '}'", engine.Text{En: "a comma or } is missing", Zh: "缺少逗号或 }"}},
	{"did not find expected ',' or ']'", engine.Text{En: "a comma or ] is missing", Zh: "缺少逗号或 ]"}},
	{"did not find expected node content", engine.Text{En: "a value is missing", Zh: "缺少值"}},
	{"did not find expected '-' indicator", engine.Text{En: "the items of a list must be indented alike", Zh: "列表各项的缩进要一致"}},
	{"block sequence entries are not allowed", engine.Text{En: "a list begins on a line of its own", Zh: "列表要另起一行"}},
	{"found unexpected end of stream", engine.Text{En: "a quote is not closed", Zh: "引号没有配对"}},
	{"found unexpected document indicator", engine.Text{En: "a quote is not closed", Zh: "引号没有配对"}},
	{"found unknown escape character", engine.Text{En: "there is no such escape in double quotes; use single quotes", Zh: "双引号里没有这种转义；请用单引号"}},
	{"unknown anchor", engine.Text{En: "a value that begins with * is an alias", Zh: "以 * 开头的值会被当作引用"}},
}

// blameBytes is the longest document whose faulty line is looked for, because
// looking reads it again and again.
const blameBytes = 8 << 10

// blame finds the line after the longest beginning that can be read: the
// library names the line at which it noticed, or the beginning of the block.
func (r *yamlReader) blame(named int) int {
	if len(r.src.text) > blameBytes {
		return named
	}
	for n := len(r.src.lines) - 1; n > 0; n-- {
		if _, err := decodeYAML(r.src.text[:r.src.lines[n]]); err == nil {
			return n + 1
		}
	}
	return 1
}

func syntaxHint(s said, line string) said {
	_, value, _ := strings.Cut(line, ": ")
	value = strings.TrimLeft(value, " ")
	switch {
	case strings.Contains(line, "：") && !strings.Contains(line, ": "):
		return s.hinted("write the colon : followed by a space instead of the full-width ：", "请用半角冒号加空格（: ），不要用全角冒号（：）")
	case strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "\t"):
		return s.hinted("indent with spaces, not tabs", "缩进请用空格，不要用制表符")
	case value != "" && (strings.ContainsAny(value[:1], "*&!|>%@`?") || unclosed(value)):
		return s.hinted("put the whole value in single quotes: '...'", "请把整个值放进单引号：'...'")
	case strings.Contains(value, ": ") && !strings.ContainsAny(value[:1], "[{"):
		return s.hinted("a value with \": \" inside needs single quotes: '...'", "值里有 \": \" 时，请把它放进单引号：'...'")
	case strings.HasPrefix(value, "{") || strings.HasPrefix(value, "["):
		return s.hinted("in { } and [ ], put texts with , ? : { } or [ ] in single quotes", "在 { } 和 [ ] 里，含有 , ? : { } [ ] 的文字要放进单引号")
	}
	return s
}

// unclosed is whether a value opens with a quote or bracket that its line does
// not end with.
func unclosed(value string) bool {
	closers := map[byte]byte{'"': '"', '\'': '\'', '[': ']', '{': '}'}
	closer, opens := closers[value[0]]
	return opens && (len(value) == 1 || value[len(value)-1] != closer) || strings.HasPrefix(value, "{{")
}

func (r *yamlReader) node(y *yaml.Node, path string) *node {
	n := r.fresh()
	n.src, n.path, n.from = r.src, path, r.src.offset(y.Line, y.Column)
	n.to = n.from
	r.refuse(y, n)
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = mappingNode
		r.mapping(y, n)
	case yaml.SequenceNode:
		n.kind, n.items = listNode, make([]*node, 0, len(y.Content))
		for i, item := range y.Content {
			n.items = append(n.items, r.node(item, child(path, strconv.Itoa(i))))
		}
	case yaml.ScalarNode:
		r.scalar(y, n)
	}
	for _, c := range n.items {
		n.to = max(n.to, c.to)
	}
	if n.to == n.from && !n.empty() {
		n.to = n.from + len(firstRune(r.src.text[n.from:]))
	}
	return n
}

// refuse reports the parts of YAML that rules do without.
func (r *yamlReader) refuse(y *yaml.Node, n *node) {
	at := n.from
	if y.Kind != yaml.AliasNode && y.Anchor == "" && !strings.HasPrefix(r.src.text[at:], "!") {
		return
	}
	n.refused = true
	mark := &node{src: n.src, path: n.path, from: at, to: at + len(word(r.src.rest(at)))}
	switch {
	case y.Kind == yaml.AliasNode:
		r.add(mark, sayf("alias", "%q repeats an anchor, which rules don't have", "%q 引用锚点，规则里不能用", "*"+y.Value).
			hinted("write the value itself; quote it when it begins with *", "请直接写出值；以 * 开头的值要加引号"))
	case y.Anchor != "":
		r.add(mark, sayf("anchor", "%q is an anchor, which rules don't have", "%q 是锚点，规则里不能用", "&"+y.Anchor).
			hinted("delete it, or quote the value when it begins with &", "请删掉；以 & 开头的值要加引号"))
	default:
		r.add(mark, sayf("tag", "%q is a tag, which rules don't have", "%q 是标签记号，规则里不能用", word(r.src.rest(at))).
			hinted("write not instead of !, or quote the value when it begins with !", "请用 not 代替 !；以 ! 开头的值要加引号"))
	}
}

// word is the text up to the first blank.
func word(s string) string {
	if i := strings.IndexAny(s, " \t,]}"); i > 0 {
		return s[:i]
	}
	return s
}

func (r *yamlReader) mapping(y *yaml.Node, n *node) {
	var seen map[string]bool
	if len(y.Content) > fewFields {
		seen = map[string]bool{}
	}
	n.entries = make([]entry, 0, len(y.Content)/2)
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := r.node(y.Content[i], n.path)
		if key.kind != scalarNode || y.Content[i].Kind == yaml.AliasNode {
			r.add(key, say("key_not_text", "a name must be a word, not a list or a map", "字段名必须是一个词，不能是列表或映射").
				hinted("text with {{ }} and expressions with [ or { go in single quotes", "含 {{ }} 的文字、以 [ 或 { 开头的表达式要放进单引号"))
			continue
		}
		value := r.node(y.Content[i+1], child(n.path, key.text))
		if value.empty() && !value.refused {
			value.from, value.to = key.from, key.to
		}
		n.to = max(n.to, value.to)
		switch {
		case key.text == "<<" && key.plain:
			r.add(key, say("merge_key", "<< merges maps, which rules don't do", "<< 是合并键，规则里不能用").
				hinted("write the fields themselves", "请直接写出各字段"))
		case seen[key.text] || seen == nil && n.find(key.text) != nil:
			r.add(key, duplicate(key.text))
		default:
			if seen != nil {
				seen[key.text] = true
			}
			n.entries = append(n.entries, entry{key, value})
		}
	}
}

// fewFields is up to how many names and values of a mapping are looked through
// one by one.
const fewFields = 40

func duplicate(key string) said {
	return sayf("duplicate_field", "%q is written twice", "%q 写了两次", key).
		hinted("keep one of them", "请只保留一个")
}
