-- Point entries, never changed.

-- +goose Up
CREATE TABLE IF NOT EXISTS ledger (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    position  BIGINT NOT NULL DEFAULT 0,
    entry     VARBINARY(191) NOT NULL DEFAULT '',
    member    VARBINARY(191) NOT NULL DEFAULT '',
    account   VARBINARY(191) NOT NULL DEFAULT '',
    rule_key  VARBINARY(191) NOT NULL DEFAULT '',
    body      LONGBLOB NULL,
    PRIMARY KEY (workspace, position, entry),
    INDEX ledger_member (workspace, member, position, entry)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS ledger;
