-- The log by member, group, content and record, a segment at a time (history.go,
-- past.go). It takes the place of history, whose segments were too short.

-- +goose Up
CREATE TABLE IF NOT EXISTS past (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    lane      BIGINT NOT NULL DEFAULT 0,
    segment   BIGINT NOT NULL DEFAULT 0,
    item      VARBINARY(191) NOT NULL DEFAULT '',
    body      LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, segment, item)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS past;
