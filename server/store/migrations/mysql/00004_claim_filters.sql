-- One filter for each closed generation of event ids.

-- +goose Up
CREATE TABLE IF NOT EXISTS claim_filters (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    lane       BIGINT NOT NULL DEFAULT 0,
    generation BIGINT NOT NULL DEFAULT 0,
    amount     BIGINT NOT NULL DEFAULT 0,
    body       LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, generation)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS claim_filters;
