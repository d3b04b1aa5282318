-- What each finished fold put into records under keys of marks that are not in a
-- filter before it: absence is answered without asking (markfilter.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS mark_filters (
    workspace    VARBINARY(191) NOT NULL DEFAULT '',
    lane         BIGINT NOT NULL DEFAULT 0,
    number       BIGINT NOT NULL DEFAULT 0,
    part         BIGINT NOT NULL DEFAULT 0,
    stamp_before BIGINT NOT NULL DEFAULT 0,
    stamp        BIGINT NOT NULL DEFAULT 0,
    body         LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, number, part)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS mark_filters;
