-- The log: events of one commit share a row (pages.go), which is never changed.

-- +goose Up
CREATE TABLE IF NOT EXISTS event_pages (
    workspace      TEXT NOT NULL DEFAULT '',
    lane           INTEGER NOT NULL DEFAULT 0,
    last_position  INTEGER NOT NULL DEFAULT 0,
    first_position INTEGER NOT NULL DEFAULT 0,
    at_min         INTEGER NOT NULL DEFAULT 0,
    at_max         INTEGER NOT NULL DEFAULT 0,
    body           BLOB NULL,
    PRIMARY KEY (workspace, lane, last_position)
);

-- +goose Down
DROP TABLE IF EXISTS event_pages;
