-- The tenants.

-- +goose Up
CREATE TABLE IF NOT EXISTS workspaces (
    workspace   TEXT NOT NULL DEFAULT '',
    external_id TEXT NULL,
    name        TEXT NULL,
    state       TEXT NOT NULL DEFAULT '',
    plan        TEXT NOT NULL DEFAULT '',
    limits_json TEXT NULL,
    zone        TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace)
);

CREATE UNIQUE INDEX IF NOT EXISTS workspaces_external ON workspaces (external_id);

-- +goose Down
DROP TABLE IF EXISTS workspaces;
