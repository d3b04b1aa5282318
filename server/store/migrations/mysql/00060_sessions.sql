-- Who is signed in to the console, on which device; of a session's secret the hash is kept.

-- +goose Up
CREATE TABLE IF NOT EXISTS sessions (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    session_id VARBINARY(191) NOT NULL DEFAULT '',
    user_id    VARBINARY(191) NOT NULL DEFAULT '',
    hash       VARBINARY(64) NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL DEFAULT 0,
    seen_at    BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL DEFAULT 0,
    user_agent LONGTEXT COLLATE utf8mb4_bin NULL,
    network    VARBINARY(64) NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, session_id),
    UNIQUE INDEX sessions_hash (hash),
    INDEX sessions_user (workspace, user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS sessions;
