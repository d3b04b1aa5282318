package store

import (
	"context"
	"database/sql"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

var definitionBulk = bulk{
	table:   "definitions",
	columns: []string{"kind", "definition_key", "revision", "defined_at", "author", "deleted", "body"}, keys: 4,
	set: []string{"defined_at", "author", "deleted", "body"},
}

func (t *tx) saveDefinitions(ctx context.Context, c *engine.Changes) error {
	all := definitionBulk.rows(len(c.Definitions))
	for _, d := range c.Definitions {
		deleted := 0
		if d.Body == nil {
			deleted = 1
		}
		all.add(t.workspace, len(d.Body), string(d.Kind), d.Key, d.Revision, int64(d.At), d.By, deleted, []byte(d.Body))
	}
	return t.insert(ctx, all)
}

// selectDefinitions gives, of each definition, the newest version up to a revision.
const selectDefinitions = `SELECT kind, definition_key, revision, defined_at, author, deleted, body FROM definitions AS d
WHERE workspace = ? AND deleted = 0 AND revision = (
	SELECT MAX(revision) FROM definitions AS e
	WHERE workspace = ? AND e.kind = d.kind AND e.definition_key = d.definition_key AND e.revision <= ?)
ORDER BY kind, definition_key`

func (c scope) definitionsAt(ctx context.Context, revision int64) ([]engine.Definition, error) {
	if revision == 0 {
		revision = math.MaxInt64
	}
	rows, err := c.query(ctx, selectDefinitions, revision)
	return definitionsOf(rows, err)
}

func definitionsOf(rows *sql.Rows, err error) (all []engine.Definition, _ error) {
	err = each(rows, err, func(r *sql.Rows) error {
		var d engine.Definition
		var body []byte
		var deleted bool
		err := r.Scan(&d.Kind, &d.Key, &d.Revision, &d.At, &d.By, &deleted, &body)
		if !deleted {
			d.Body = notNil(body)
		}
		all = append(all, d)
		return err
	})
	return all, err
}

// DefinitionsAt gives the versions in force at a revision; 0 is the newest.
func (r *reader) DefinitionsAt(ctx context.Context, revision int64) ([]engine.Definition, error) {
	all, err := r.definitionsAt(ctx, revision)
	return all, r.readError("list definitions", err)
}

// DefinitionVersions gives every version of one definition, newest first.
func (r *reader) DefinitionVersions(ctx context.Context, kind engine.DefinitionKind, key string) ([]engine.Definition, error) {
	rows, err := r.query(ctx, "SELECT kind, definition_key, revision, defined_at, author, deleted, body FROM definitions WHERE workspace = ? AND kind = ? AND definition_key = ? ORDER BY revision DESC", string(kind), key)
	all, err := definitionsOf(rows, err)
	return all, r.readError("list versions", err)
}
