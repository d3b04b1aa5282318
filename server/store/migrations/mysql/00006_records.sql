-- State by key: members, identities, groups, contents, window cells, marks. What state_log still holds is newer.

-- +goose Up
CREATE TABLE IF NOT EXISTS records (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    kind       VARBINARY(32) NOT NULL DEFAULT '',
    record_key VARBINARY(191) NOT NULL DEFAULT '',
    body       LONGBLOB NULL,
    PRIMARY KEY (workspace, kind, record_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS records;
