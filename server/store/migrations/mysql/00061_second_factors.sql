-- Users' second factors: the secret encrypted, the step of the last code that was used.

-- +goose Up
CREATE TABLE IF NOT EXISTS second_factors (
    workspace    VARBINARY(191) NOT NULL DEFAULT '',
    user_id      VARBINARY(191) NOT NULL DEFAULT '',
    secret       LONGBLOB NULL,
    created_at   BIGINT NOT NULL DEFAULT 0,
    confirmed_at BIGINT NOT NULL DEFAULT 0,
    used_step    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS second_factors;
