-- Stored decisions, by the position of the event that asked.

-- +goose Up
CREATE TABLE IF NOT EXISTS decisions (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    position   BIGINT NOT NULL DEFAULT 0,
    place      BIGINT NOT NULL DEFAULT 0,
    rule_key   VARBINARY(191) NOT NULL DEFAULT '',
    subject    VARBINARY(191) NOT NULL DEFAULT '',
    outcome    VARBINARY(32) NOT NULL DEFAULT '',
    decided_at BIGINT NOT NULL DEFAULT 0,
    body       LONGBLOB NULL,
    PRIMARY KEY (workspace, position, place),
    INDEX decisions_rule (workspace, rule_key, position, place),
    INDEX decisions_subject (workspace, subject, position, place)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS decisions;
