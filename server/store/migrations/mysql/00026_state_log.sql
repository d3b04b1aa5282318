-- Records as each commit wrote them, until they are folded into records (statelog.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS state_log (
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
DROP TABLE IF EXISTS state_log;
