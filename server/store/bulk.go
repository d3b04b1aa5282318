package store

import (
	"context"
	"math/bits"
	"strings"
	"sync"
)

// bulk is a multi-row INSERT into one table. Its first column is the workspace.
type bulk struct {
	table   string
	columns []string // after workspace
	keys    int      // how many of the columns, with workspace, are the primary key
	set     []string // columns that a duplicate takes over
	sum     string   // a column that grows by what a duplicate has, as engine.AddFigure says
	keep    bool     // a duplicate keeps the old row; without set, sum and keep it is an error
	texts   sync.Map // number of rows -> text
}

// Statements have a power of two of rows, so that few are kept prepared.
const (
	maxRows      = 512
	maxStatement = 1 << 20 // bytes of bodies in one statement
	maxArguments = 8192
)

// text is the statement for n rows.
func (b *bulk) text(d *dialect, n int) string {
	if known, ok := b.texts.Load(n); ok && known.(bulkText).dialect == d.name {
		return known.(bulkText).text
	}
	row := "(" + marks(len(b.columns)+1) + ")"
	text := "INSERT INTO " + b.table + " (workspace, " + strings.Join(b.columns, ", ") + ") VALUES " +
		strings.TrimSuffix(strings.Repeat(row+", ", n), ", ")
	if b.sum != "" {
		text += d.onRepeat(append([]string{"workspace"}, b.columns[:b.keys-1]...), b.sum)
	} else if b.set != nil || b.keep {
		text += d.onDuplicate(append([]string{"workspace"}, b.columns[:b.keys-1]...), b.set)
	}
	b.texts.Store(n, bulkText{d.name, text})
	return text
}

type bulkText struct{ dialect, text string }

// rows gathers the arguments of a bulk; what is added comes in the order of the
// columns, without the workspace.
type rows struct {
	bulk  *bulk
	args  []any
	sizes []int // bytes of each row
}

func (b *bulk) rows(n int) *rows {
	return &rows{bulk: b, args: make([]any, 0, n*(len(b.columns)+1)), sizes: make([]int, 0, n)}
}

// add takes one row; size is about how many bytes it has.
func (r *rows) add(workspace string, size int, values ...any) {
	r.args = append(append(r.args, workspace), values...)
	r.sizes = append(r.sizes, size)
}

// insert writes the rows in as few statements as are worth keeping prepared.
func (c scope) insert(ctx context.Context, r *rows) error {
	_, err := c.insertNew(ctx, r)
	return err
}

// insertNew also tells how many rows were new, where a duplicate keeps the old one.
func (c scope) insertNew(ctx context.Context, r *rows) (fresh int64, err error) {
	width := len(r.bulk.columns) + 1
	for done := 0; done < len(r.sizes); {
		n := portion(r.sizes[done:], min(maxRows, maxArguments/width))
		stmt, err := c.prepare(ctx, r.bulk.text(&c.store.dialect, n))
		if err != nil {
			return fresh, err
		}
		result, err := stmt.ExecContext(ctx, r.args[done*width:(done+n)*width]...)
		if err != nil {
			return fresh, err
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return fresh, err
		}
		fresh, done = fresh+changed, done+n
	}
	return fresh, nil
}

// portion is the largest power of two of rows that one statement takes.
func portion(sizes []int, most int) int {
	n := 1 << (bits.Len(uint(min(len(sizes), most))) - 1)
	bytes := 0
	for i, size := range sizes[:n] {
		if bytes += size; bytes > maxStatement && i > 0 {
			return 1 << (bits.Len(uint(i)) - 1)
		}
	}
	return n
}
