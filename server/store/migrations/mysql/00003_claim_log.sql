-- Event ids of the open generation, one row a commit (claimlog.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS claim_log (
    workspace    VARBINARY(191) NOT NULL DEFAULT '',
    lane         BIGINT NOT NULL DEFAULT 0,
    number       BIGINT NOT NULL DEFAULT 0,
    stamp_before BIGINT NOT NULL DEFAULT 0,
    stamp        BIGINT NOT NULL DEFAULT 0,
    body         LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS claim_log;
