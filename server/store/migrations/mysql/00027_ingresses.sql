-- Where channels take webhooks: what stands in the address is unique on the server.

-- +goose Up
CREATE TABLE IF NOT EXISTS ingresses (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    channel    VARBINARY(191) NOT NULL DEFAULT '',
    ingress_id VARBINARY(64) NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, channel),
    UNIQUE INDEX ingresses_id (ingress_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS ingresses;
