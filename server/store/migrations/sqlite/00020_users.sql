-- People who sign in to the console.

-- +goose Up
CREATE TABLE IF NOT EXISTS users (
    workspace   TEXT NOT NULL DEFAULT '',
    user_id     TEXT NOT NULL DEFAULT '',
    login       TEXT NOT NULL DEFAULT '',
    name        TEXT NULL,
    role        TEXT NOT NULL DEFAULT '',
    password    TEXT NULL,
    created_at  INTEGER NOT NULL DEFAULT 0,
    disabled_at INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, user_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS users_login ON users (workspace, login);

-- +goose Down
DROP TABLE IF EXISTS users;
