-- Positions of a member's events in one stretch of the log (history.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS history (
    workspace TEXT NOT NULL DEFAULT '',
    lane      INTEGER NOT NULL DEFAULT 0,
    segment   INTEGER NOT NULL DEFAULT 0,
    member    TEXT NOT NULL DEFAULT '',
    body      BLOB NULL,
    PRIMARY KEY (workspace, lane, segment, member)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS history;
