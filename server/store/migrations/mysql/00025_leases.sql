-- Who may do what only one may do at a time; workspace is empty for the whole server.

-- +goose Up
CREATE TABLE IF NOT EXISTS leases (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    name      VARBINARY(191) NOT NULL DEFAULT '',
    holder    VARBINARY(191) NOT NULL DEFAULT '',
    epoch     BIGINT NOT NULL DEFAULT 0,
    until_at  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS leases;
