-- Encrypted secrets of channels.

-- +goose Up
CREATE TABLE IF NOT EXISTS channel_secrets (
    workspace  TEXT NOT NULL DEFAULT '',
    channel    TEXT NOT NULL DEFAULT '',
    name       TEXT NOT NULL DEFAULT '',
    ciphertext BLOB NULL,
    updated_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, channel, name)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS channel_secrets;
