-- The one-time link that makes the first owner; only its hash is kept.

-- +goose Up
CREATE TABLE IF NOT EXISTS setups (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    hash       VARBINARY(64) NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL DEFAULT 0,
    used_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS setups;
