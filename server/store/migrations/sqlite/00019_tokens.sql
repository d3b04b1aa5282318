-- Credentials of programs; only the hash of a token is kept.

-- +goose Up
CREATE TABLE IF NOT EXISTS tokens (
    workspace  TEXT NOT NULL DEFAULT '',
    token_id   TEXT NOT NULL DEFAULT '',
    name       TEXT NULL,
    role       TEXT NOT NULL DEFAULT '',
    scopes     TEXT NULL,
    hash       BLOB NOT NULL DEFAULT '',
    prefix     TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL DEFAULT 0,
    revoked_at INTEGER NOT NULL DEFAULT 0,
    used_at    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, token_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS tokens_hash ON tokens (hash);

-- +goose Down
DROP TABLE IF EXISTS tokens;
