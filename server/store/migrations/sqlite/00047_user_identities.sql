-- Where the console's users are reached, by channel.

-- +goose Up
CREATE TABLE IF NOT EXISTS user_identities (
    workspace   TEXT NOT NULL DEFAULT '',
    user_id     TEXT NOT NULL DEFAULT '',
    channel     TEXT NOT NULL DEFAULT '',
    external_id TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, user_id, channel)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS user_identities;
