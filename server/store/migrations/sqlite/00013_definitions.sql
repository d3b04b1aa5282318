-- Every version of everything that operators define.

-- +goose Up
CREATE TABLE IF NOT EXISTS definitions (
    workspace      TEXT NOT NULL DEFAULT '',
    kind           TEXT NOT NULL DEFAULT '',
    definition_key TEXT NOT NULL DEFAULT '',
    revision       INTEGER NOT NULL DEFAULT 0,
    defined_at     INTEGER NOT NULL DEFAULT 0,
    author         TEXT NOT NULL DEFAULT '',
    deleted        INTEGER NOT NULL DEFAULT 0,
    body           BLOB NULL,
    PRIMARY KEY (workspace, kind, definition_key, revision)
);

-- +goose Down
DROP TABLE IF EXISTS definitions;
