-- The one-time link that makes the first owner; only its hash is kept.

-- +goose Up
CREATE TABLE IF NOT EXISTS setups (
    workspace  TEXT NOT NULL DEFAULT '',
    hash       BLOB NOT NULL DEFAULT '',
    expires_at INTEGER NOT NULL DEFAULT 0,
    used_at    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS setups;
