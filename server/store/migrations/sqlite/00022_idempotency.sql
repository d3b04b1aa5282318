-- Answers by Idempotency-Key; status 0 is one in flight.

-- +goose Up
CREATE TABLE IF NOT EXISTS idempotency (
    workspace  TEXT NOT NULL DEFAULT '',
    token_id   TEXT NOT NULL DEFAULT '',
    idem_key   TEXT NOT NULL DEFAULT '',
    route      BLOB NOT NULL DEFAULT '',
    request    BLOB NOT NULL DEFAULT '',
    status     INTEGER NOT NULL DEFAULT 0,
    answer     BLOB NULL,
    created_at INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, token_id, idem_key, route)
);

CREATE INDEX IF NOT EXISTS idempotency_expires ON idempotency (expires_at);

-- +goose Down
DROP TABLE IF EXISTS idempotency;
