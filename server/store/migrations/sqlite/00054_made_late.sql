-- Decisions and point entries that were written where the log had passed: filing
-- may have been there already (made.go). Few.

-- +goose Up
CREATE TABLE IF NOT EXISTS made_late (
    workspace TEXT NOT NULL DEFAULT '',
    lane      INTEGER NOT NULL DEFAULT 0,
    item      TEXT NOT NULL DEFAULT '',
    position  INTEGER NOT NULL DEFAULT 0,
    number    INTEGER NOT NULL DEFAULT 0,
    entry     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, lane, item, position, number, entry)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS made_late;
