-- State by key: members, identities, groups, contents, window cells, marks. What state_log still holds is newer.

-- +goose Up
CREATE TABLE IF NOT EXISTS records (
    workspace  TEXT NOT NULL DEFAULT '',
    kind       TEXT NOT NULL DEFAULT '',
    record_key TEXT NOT NULL DEFAULT '',
    body       BLOB NULL,
    PRIMARY KEY (workspace, kind, record_key)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS records;
