-- Tasks, leads, applications and the other nouns that people work through.

-- +goose Up
CREATE TABLE IF NOT EXISTS items (
    workspace   VARBINARY(191) NOT NULL DEFAULT '',
    kind        VARBINARY(32) NOT NULL DEFAULT '',
    item_id     VARBINARY(191) NOT NULL DEFAULT '',
    state       VARBINARY(191) NOT NULL DEFAULT '',
    member      VARBINARY(191) NOT NULL DEFAULT '',
    grp         VARBINARY(191) NOT NULL DEFAULT '',
    owner       VARBINARY(191) NOT NULL DEFAULT '',
    rule_key    VARBINARY(191) NOT NULL DEFAULT '',
    happened_at BIGINT NOT NULL DEFAULT 0,
    due         BIGINT NOT NULL DEFAULT 0,
    version     BIGINT NOT NULL DEFAULT 0,
    body        LONGBLOB NULL,
    PRIMARY KEY (workspace, kind, item_id),
    INDEX items_state (workspace, kind, state, happened_at, item_id),
    INDEX items_member (workspace, member, kind)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS items;
