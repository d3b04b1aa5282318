-- Where the console's users are reached, by channel.

-- +goose Up
CREATE TABLE IF NOT EXISTS user_identities (
    workspace   VARBINARY(191) NOT NULL DEFAULT '',
    user_id     VARBINARY(191) NOT NULL DEFAULT '',
    channel     VARBINARY(191) NOT NULL DEFAULT '',
    external_id VARBINARY(191) NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, user_id, channel)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS user_identities;
