package ingest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// MaxProps is how many properties an event may have.
const MaxProps = 1000

// properties reads an event's properties, sorted by name.
func (d *decoder) properties() ([]engine.Prop, bool) {
	if d.next() != '{' {
		d.wrongType("/props", "an object", "对象")
		_, ok := d.skip()
		return nil, ok
	}
	d.i++
	d.props = d.props[:0]
	if d.take('}') {
		return nil, true
	}
	for {
		if !d.property() {
			return nil, false
		}
		again, ok := d.more('}')
		if !ok {
			return nil, false
		}
		if !again {
			break
		}
	}
	if len(d.props) > MaxProps {
		d.report("/props", "too_many", engine.Text{
			En: fmt.Sprintf("%d properties; at most %d are taken", len(d.props), MaxProps),
			Zh: fmt.Sprintf("有 %d 个属性，最多 %d 个", len(d.props), MaxProps)}, engine.Text{})
	}
	d.sortProps()
	return d.keep(), true
}

func (d *decoder) property() bool {
	raw, ok := d.key()
	if !ok {
		return false
	}
	name := d.intern(raw)
	d.checkPropName(name)
	v, depth, fits, ok := d.value()
	switch {
	case !ok:
		return false
	case !fits:
		d.report("/props/"+pointer(clip(name)), "out_of_range", engine.Text{
			En: "this number does not fit: integers have 64 bits, decimals 6 places and the same range",
			Zh: "数值超出范围：整数 64 位，小数 6 位"},
			engine.Text{En: "send it as a string if it is an identifier", Zh: "若是编号，请以字符串发送"})
	case depth+1 > engine.MaxPropsDepth:
		d.report("/props/"+pointer(clip(name)), "too_deep", engine.Text{
			En: fmt.Sprintf("this nests %d levels deep; props may nest %d", depth+1, engine.MaxPropsDepth),
			Zh: fmt.Sprintf("嵌套 %d 层，props 最多 %d 层", depth+1, engine.MaxPropsDepth)}, engine.Text{})
	}
	d.props = append(d.props, engine.Prop{Name: name, Value: v})
	return true
}

func (d *decoder) checkPropName(name string) {
	switch {
	case name == "":
		d.report("/props/", "empty", engine.Text{En: "a property needs a name", Zh: "属性需要名称"}, engine.Text{})
	case len(name) > engine.MaxIDLength || !tidy(name):
		d.report("/props/"+pointer(clip(name)), "bad_name", engine.Text{
			En: "a property's name has at most 128 bytes, no control characters and no space at its ends",
			Zh: "属性名最多 128 字节，不含控制字符，首尾没有空格"}, engine.Text{})
	}
}

// sortProps sorts by name and reports names given twice. Few properties, nearly
// in order, are the rule: sorting by insertion is fastest there.
func (d *decoder) sortProps() {
	p := d.props
	if len(p) > 24 {
		slices.SortStableFunc(p, func(a, b engine.Prop) int { return strings.Compare(a.Name, b.Name) })
	} else {
		for i := 1; i < len(p); i++ {
			for j := i; j > 0 && p[j].Name < p[j-1].Name; j-- {
				p[j], p[j-1] = p[j-1], p[j]
			}
		}
	}
	for i := 1; i < len(p); i++ {
		if p[i].Name == p[i-1].Name {
			d.duplicateName("/props", []byte(p[i].Name))
		}
	}
}

// slabSize is how many properties are allocated at once, at most: a property
// has seldom fewer than 16 bytes.
const slabSize = 512

// keep copies the properties read to where they may stay.
func (d *decoder) keep() []engine.Prop {
	n := len(d.props)
	if cap(d.slab)-len(d.slab) < n {
		d.slab = make([]engine.Prop, 0, max(min(slabSize, len(d.b)/16), n))
	}
	from := len(d.slab)
	d.slab = append(d.slab, d.props...)
	return d.slab[from : from+n : from+n]
}
