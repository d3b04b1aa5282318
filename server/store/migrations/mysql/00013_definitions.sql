-- Every version of everything that operators define.

-- +goose Up
CREATE TABLE IF NOT EXISTS definitions (
    workspace      VARBINARY(191) NOT NULL DEFAULT '',
    kind           VARBINARY(32) NOT NULL DEFAULT '',
    definition_key VARBINARY(191) NOT NULL DEFAULT '',
    revision       BIGINT NOT NULL DEFAULT 0,
    defined_at     BIGINT NOT NULL DEFAULT 0,
    author         VARBINARY(191) NOT NULL DEFAULT '',
    deleted        BIGINT NOT NULL DEFAULT 0,
    body           LONGBLOB NULL,
    PRIMARY KEY (workspace, kind, definition_key, revision)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS definitions;
