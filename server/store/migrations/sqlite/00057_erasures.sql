-- Members whose identities the past must forget. Body is what is still to be
-- done, NULL when all is; passes counts how often the past was rewritten.

-- +goose Up
CREATE TABLE IF NOT EXISTS erasures (
    workspace TEXT NOT NULL DEFAULT '',
    member    TEXT NOT NULL DEFAULT '',
    passes    INTEGER NOT NULL DEFAULT 0,
    body      BLOB NULL,
    PRIMARY KEY (workspace, member)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS erasures;
