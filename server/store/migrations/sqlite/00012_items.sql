-- Tasks, leads, applications and the other nouns that people work through.

-- +goose Up
CREATE TABLE IF NOT EXISTS items (
    workspace   TEXT NOT NULL DEFAULT '',
    kind        TEXT NOT NULL DEFAULT '',
    item_id     TEXT NOT NULL DEFAULT '',
    state       TEXT NOT NULL DEFAULT '',
    member      TEXT NOT NULL DEFAULT '',
    grp         TEXT NOT NULL DEFAULT '',
    owner       TEXT NOT NULL DEFAULT '',
    rule_key    TEXT NOT NULL DEFAULT '',
    happened_at INTEGER NOT NULL DEFAULT 0,
    due         INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 0,
    body        BLOB NULL,
    PRIMARY KEY (workspace, kind, item_id)
);

CREATE INDEX IF NOT EXISTS items_state ON items (workspace, kind, state, happened_at, item_id);

CREATE INDEX IF NOT EXISTS items_member ON items (workspace, member, kind);

-- +goose Down
DROP TABLE IF EXISTS items;
