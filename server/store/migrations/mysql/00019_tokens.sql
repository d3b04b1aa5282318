-- Credentials of programs; only the hash of a token is kept.

-- +goose Up
CREATE TABLE IF NOT EXISTS tokens (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    token_id   VARBINARY(191) NOT NULL DEFAULT '',
    name       LONGTEXT COLLATE utf8mb4_bin NULL,
    role       VARBINARY(32) NOT NULL DEFAULT '',
    scopes     LONGTEXT COLLATE utf8mb4_bin NULL,
    hash       VARBINARY(64) NOT NULL DEFAULT '',
    prefix     VARBINARY(32) NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL DEFAULT 0,
    revoked_at BIGINT NOT NULL DEFAULT 0,
    used_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, token_id),
    UNIQUE INDEX tokens_hash (hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS tokens;
