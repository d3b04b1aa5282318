-- Who is signed in to the console, on which device; of a session's secret the hash is kept.

-- +goose Up
CREATE TABLE IF NOT EXISTS sessions (
    workspace  TEXT NOT NULL DEFAULT '',
    session_id TEXT NOT NULL DEFAULT '',
    user_id    TEXT NOT NULL DEFAULT '',
    hash       BLOB NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL DEFAULT 0,
    seen_at    INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL DEFAULT 0,
    user_agent TEXT NULL,
    network    TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, session_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS sessions_hash ON sessions (hash);

CREATE INDEX IF NOT EXISTS sessions_user ON sessions (workspace, user_id);

-- +goose Down
DROP TABLE IF EXISTS sessions;
