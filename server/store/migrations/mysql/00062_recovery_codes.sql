-- Hashes of the codes that stand in for a lost second factor; a used one is deleted.

-- +goose Up
CREATE TABLE IF NOT EXISTS recovery_codes (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    user_id   VARBINARY(191) NOT NULL DEFAULT '',
    hash      VARBINARY(64) NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, user_id, hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS recovery_codes;
