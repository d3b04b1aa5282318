-- When the machine looks again.

-- +goose Up
CREATE TABLE IF NOT EXISTS timers (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    timer_key VARBINARY(191) NOT NULL DEFAULT '',
    due       BIGINT NOT NULL DEFAULT 0,
    kind      VARBINARY(32) NOT NULL DEFAULT '',
    body      LONGBLOB NULL,
    PRIMARY KEY (workspace, timer_key),
    INDEX timers_due (due, workspace, timer_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS timers;
