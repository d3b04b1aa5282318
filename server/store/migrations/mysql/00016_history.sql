-- Positions of a member's events in one stretch of the log (history.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS history (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    lane      BIGINT NOT NULL DEFAULT 0,
    segment   BIGINT NOT NULL DEFAULT 0,
    member    VARBINARY(191) NOT NULL DEFAULT '',
    body      LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, segment, member)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS history;
