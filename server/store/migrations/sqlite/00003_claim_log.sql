-- Event ids of the open generation, one row a commit (claimlog.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS claim_log (
    workspace    TEXT NOT NULL DEFAULT '',
    lane         INTEGER NOT NULL DEFAULT 0,
    number       INTEGER NOT NULL DEFAULT 0,
    stamp_before INTEGER NOT NULL DEFAULT 0,
    stamp        INTEGER NOT NULL DEFAULT 0,
    body         BLOB NULL,
    PRIMARY KEY (workspace, lane, number)
);

-- +goose Down
DROP TABLE IF EXISTS claim_log;
