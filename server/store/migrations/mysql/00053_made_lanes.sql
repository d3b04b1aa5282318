-- How far decisions and point entries are filed in past (made.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS made_lanes (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    lane      BIGINT NOT NULL DEFAULT 0,
    through   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, lane)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS made_lanes;
