-- How far decisions and point entries are filed in past (made.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS made_lanes (
    workspace TEXT NOT NULL DEFAULT '',
    lane      INTEGER NOT NULL DEFAULT 0,
    through   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, lane)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS made_lanes;
