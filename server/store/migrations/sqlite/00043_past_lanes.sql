-- How far the past is filed.

-- +goose Up
CREATE TABLE IF NOT EXISTS past_lanes (
    workspace TEXT NOT NULL DEFAULT '',
    lane      INTEGER NOT NULL DEFAULT 0,
    through   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, lane)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS past_lanes;
