-- Messages and what became of them. counted_at is when one counts for caps: 0 for what did not go out.

-- +goose Up
CREATE TABLE IF NOT EXISTS deliveries (
    workspace   VARBINARY(191) NOT NULL DEFAULT '',
    delivery_id VARBINARY(191) NOT NULL DEFAULT '',
    position    BIGINT NOT NULL DEFAULT 0,
    state       VARBINARY(32) NOT NULL DEFAULT '',
    channel     VARBINARY(191) NOT NULL DEFAULT '',
    member      VARBINARY(191) NOT NULL DEFAULT '',
    grp         VARBINARY(191) NOT NULL DEFAULT '',
    rule_key    VARBINARY(191) NOT NULL DEFAULT '',
    promotes    BIGINT NOT NULL DEFAULT 0,
    counted_at  BIGINT NOT NULL DEFAULT 0,
    epoch       BIGINT NOT NULL DEFAULT 0,
    lease       BIGINT NOT NULL DEFAULT 0,
    body        LONGBLOB NULL,
    PRIMARY KEY (workspace, delivery_id),
    INDEX deliveries_position (workspace, position, delivery_id),
    INDEX deliveries_member (workspace, member, counted_at),
    INDEX deliveries_group (workspace, grp, counted_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS deliveries;
