-- Members whose identities the past must forget. Body is what is still to be
-- done, NULL when all is; passes counts how often the past was rewritten.

-- +goose Up
CREATE TABLE IF NOT EXISTS erasures (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    member    VARBINARY(191) NOT NULL DEFAULT '',
    passes    BIGINT NOT NULL DEFAULT 0,
    body      LONGBLOB NULL,
    PRIMARY KEY (workspace, member)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS erasures;
