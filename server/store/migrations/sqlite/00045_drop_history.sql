-- The table past, of all subjects, took its place.

-- +goose Up
DROP TABLE IF EXISTS history;

-- +goose Down
CREATE TABLE IF NOT EXISTS history (
    workspace TEXT NOT NULL DEFAULT '',
    lane      INTEGER NOT NULL DEFAULT 0,
    segment   INTEGER NOT NULL DEFAULT 0,
    member    TEXT NOT NULL DEFAULT '',
    body      BLOB NULL,
    PRIMARY KEY (workspace, lane, segment, member)
) WITHOUT ROWID;
