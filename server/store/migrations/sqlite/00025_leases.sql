-- Who may do what only one may do at a time; workspace is empty for the whole server.

-- +goose Up
CREATE TABLE IF NOT EXISTS leases (
    workspace TEXT NOT NULL DEFAULT '',
    name      TEXT NOT NULL DEFAULT '',
    holder    TEXT NOT NULL DEFAULT '',
    epoch     INTEGER NOT NULL DEFAULT 0,
    until_at  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, name)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS leases;
