-- The table past_lanes took its place.

-- +goose Up
DROP TABLE IF EXISTS history_lanes;

-- +goose Down
CREATE TABLE IF NOT EXISTS history_lanes (
    workspace TEXT NOT NULL DEFAULT '',
    lane      INTEGER NOT NULL DEFAULT 0,
    through   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, lane)
) WITHOUT ROWID;
