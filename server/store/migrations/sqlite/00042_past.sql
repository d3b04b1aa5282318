-- The log by member, group, content and record, a segment at a time (history.go,
-- past.go). It takes the place of history, whose segments were too short.

-- +goose Up
CREATE TABLE IF NOT EXISTS past (
    workspace TEXT NOT NULL DEFAULT '',
    lane      INTEGER NOT NULL DEFAULT 0,
    segment   INTEGER NOT NULL DEFAULT 0,
    item      TEXT NOT NULL DEFAULT '',
    body      BLOB NULL,
    PRIMARY KEY (workspace, lane, segment, item)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS past;
