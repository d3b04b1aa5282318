-- The order of each workspace: one row, which every transaction locks first. commits counts transactions and stamp names
-- the last one, claim_stamp the last that claimed events; generation and claimed say how much of claim_log is closed,
-- folded and folded_stamp how much of state_log is in records.

-- +goose Up
CREATE TABLE IF NOT EXISTS lanes (
    workspace    TEXT NOT NULL DEFAULT '',
    lane         INTEGER NOT NULL DEFAULT 0,
    position     INTEGER NOT NULL DEFAULT 0,
    revision     INTEGER NOT NULL DEFAULT 0,
    commits      INTEGER NOT NULL DEFAULT 0,
    stamp        INTEGER NOT NULL DEFAULT 0,
    claim_stamp  INTEGER NOT NULL DEFAULT 0,
    generation   INTEGER NOT NULL DEFAULT 0,
    claimed      INTEGER NOT NULL DEFAULT 0,
    folded       INTEGER NOT NULL DEFAULT 0,
    folded_stamp INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, lane)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS lanes;
