-- The tenants.

-- +goose Up
CREATE TABLE IF NOT EXISTS workspaces (
    workspace   VARBINARY(191) NOT NULL DEFAULT '',
    external_id VARBINARY(191) NULL,
    name        LONGTEXT COLLATE utf8mb4_bin NULL,
    state       VARBINARY(32) NOT NULL DEFAULT '',
    plan        VARBINARY(191) NOT NULL DEFAULT '',
    limits_json LONGTEXT COLLATE utf8mb4_bin NULL,
    zone        VARBINARY(191) NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL DEFAULT 0,
    version     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace),
    UNIQUE INDEX workspaces_external (external_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS workspaces;
