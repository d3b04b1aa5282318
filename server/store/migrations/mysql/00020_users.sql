-- People who sign in to the console.

-- +goose Up
CREATE TABLE IF NOT EXISTS users (
    workspace   VARBINARY(191) NOT NULL DEFAULT '',
    user_id     VARBINARY(191) NOT NULL DEFAULT '',
    login       VARBINARY(191) NOT NULL DEFAULT '',
    name        LONGTEXT COLLATE utf8mb4_bin NULL,
    role        VARBINARY(32) NOT NULL DEFAULT '',
    password    LONGTEXT COLLATE utf8mb4_bin NULL,
    created_at  BIGINT NOT NULL DEFAULT 0,
    disabled_at BIGINT NOT NULL DEFAULT 0,
    version     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, user_id),
    UNIQUE INDEX users_login (workspace, login)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS users;
