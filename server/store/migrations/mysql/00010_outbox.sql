-- The queue: deliveries that still want attention, and when.

-- +goose Up
CREATE TABLE IF NOT EXISTS outbox (
    workspace   VARBINARY(191) NOT NULL DEFAULT '',
    delivery_id VARBINARY(191) NOT NULL DEFAULT '',
    look        BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, delivery_id),
    INDEX outbox_look (look, workspace, delivery_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS outbox;
