-- Decisions and point entries that were written where the log had passed: filing
-- may have been there already (made.go). Few.

-- +goose Up
CREATE TABLE IF NOT EXISTS made_late (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    lane      BIGINT NOT NULL DEFAULT 0,
    item      VARBINARY(191) NOT NULL DEFAULT '',
    position  BIGINT NOT NULL DEFAULT 0,
    number    BIGINT NOT NULL DEFAULT 0,
    entry     VARBINARY(191) NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, lane, item, position, number, entry)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS made_late;
