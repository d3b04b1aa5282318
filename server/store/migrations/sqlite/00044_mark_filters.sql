-- What each finished fold put into records under keys of marks that are not in a
-- filter before it: absence is answered without asking (markfilter.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS mark_filters (
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
DROP TABLE IF EXISTS mark_filters;
