-- The table past_lanes took its place.

-- +goose Up
DROP TABLE IF EXISTS history_lanes;

-- +goose Down
CREATE TABLE IF NOT EXISTS history_lanes (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    lane      BIGINT NOT NULL DEFAULT 0,
    through   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, lane)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
