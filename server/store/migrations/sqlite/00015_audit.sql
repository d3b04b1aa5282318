-- Every mutation by a person or a token.

-- +goose Up
CREATE TABLE IF NOT EXISTS audit (
    workspace   TEXT NOT NULL DEFAULT '',
    happened_at INTEGER NOT NULL DEFAULT 0,
    entry_id    TEXT NOT NULL DEFAULT '',
    body        BLOB NULL,
    PRIMARY KEY (workspace, happened_at, entry_id)
);

-- +goose Down
DROP TABLE IF EXISTS audit;
