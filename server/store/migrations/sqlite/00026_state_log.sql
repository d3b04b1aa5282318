-- Records as each commit wrote them, until they are folded into records (statelog.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS state_log (
    workspace    TEXT NOT NULL DEFAULT '',
    lane         INTEGER NOT NULL DEFAULT 0,
    number       INTEGER NOT NULL DEFAULT 0,
    part         INTEGER NOT NULL DEFAULT 0,
    stamp_before INTEGER NOT NULL DEFAULT 0,
    stamp        INTEGER NOT NULL DEFAULT 0,
    body         BLOB NULL,
    PRIMARY KEY (workspace, lane, number, part)
);

-- +goose Down
DROP TABLE IF EXISTS state_log;
