-- What records became in each commit, until it is filed in history (past.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS past_log (
    workspace     TEXT NOT NULL DEFAULT '',
    lane          INTEGER NOT NULL DEFAULT 0,
    last_position INTEGER NOT NULL DEFAULT 0,
    part          INTEGER NOT NULL DEFAULT 0,
    body          BLOB NULL,
    PRIMARY KEY (workspace, lane, last_position, part)
);

-- +goose Down
DROP TABLE IF EXISTS past_log;
