-- Encrypted secrets of channels.

-- +goose Up
CREATE TABLE IF NOT EXISTS channel_secrets (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    channel    VARBINARY(191) NOT NULL DEFAULT '',
    name       VARBINARY(191) NOT NULL DEFAULT '',
    ciphertext LONGBLOB NULL,
    updated_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, channel, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS channel_secrets;
