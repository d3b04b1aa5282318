-- Every mutation by a person or a token.

-- +goose Up
CREATE TABLE IF NOT EXISTS audit (
    workspace   VARBINARY(191) NOT NULL DEFAULT '',
    happened_at BIGINT NOT NULL DEFAULT 0,
    entry_id    VARBINARY(191) NOT NULL DEFAULT '',
    body        LONGBLOB NULL,
    PRIMARY KEY (workspace, happened_at, entry_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS audit;
