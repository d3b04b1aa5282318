-- The log: events of one commit share a row (pages.go), which is never changed.

-- +goose Up
CREATE TABLE IF NOT EXISTS event_pages (
    workspace      VARBINARY(191) NOT NULL DEFAULT '',
    lane           BIGINT NOT NULL DEFAULT 0,
    last_position  BIGINT NOT NULL DEFAULT 0,
    first_position BIGINT NOT NULL DEFAULT 0,
    at_min         BIGINT NOT NULL DEFAULT 0,
    at_max         BIGINT NOT NULL DEFAULT 0,
    body           LONGBLOB NULL,
    PRIMARY KEY (workspace, lane, last_position)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS event_pages;
