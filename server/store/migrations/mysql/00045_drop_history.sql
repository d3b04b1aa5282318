-- The table past, of all subjects, took its place.

-- +goose Up
DROP TABLE IF EXISTS history;

-- +goose Down
CREATE TABLE IF NOT EXISTS history (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    lane      BIGINT NOT NULL DEFAULT 0,
    segment   BIGINT NOT NULL DEFAULT 0,
    member    VARBINARY(191) NOT NULL DEFAULT '',
    body      LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, segment, member)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
