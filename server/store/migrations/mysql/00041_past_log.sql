-- What records became in each commit, until it is filed in history (past.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS past_log (
    workspace     VARBINARY(191) NOT NULL DEFAULT '',
    lane          BIGINT NOT NULL DEFAULT 0,
    last_position BIGINT NOT NULL DEFAULT 0,
    part          BIGINT NOT NULL DEFAULT 0,
    body          LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, last_position, part)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS past_log;
