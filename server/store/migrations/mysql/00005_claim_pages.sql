-- Event ids of closed generations, sorted, by the first byte of the id.

-- +goose Up
CREATE TABLE IF NOT EXISTS claim_pages (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    lane       BIGINT NOT NULL DEFAULT 0,
    generation BIGINT NOT NULL DEFAULT 0,
    bucket     BIGINT NOT NULL DEFAULT 0,
    body       LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, generation, bucket)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS claim_pages;
