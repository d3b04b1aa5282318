-- Answers by Idempotency-Key; status 0 is one in flight.

-- +goose Up
CREATE TABLE IF NOT EXISTS idempotency (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    token_id   VARBINARY(191) NOT NULL DEFAULT '',
    idem_key   VARBINARY(255) NOT NULL DEFAULT '',
    route      VARBINARY(64) NOT NULL DEFAULT '',
    request    VARBINARY(64) NOT NULL DEFAULT '',
    status     BIGINT NOT NULL DEFAULT 0,
    answer     LONGBLOB NULL,
    created_at BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, token_id, idem_key, route),
    INDEX idempotency_expires (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS idempotency;
