-- Where channels take webhooks: what stands in the address is unique on the server.

-- +goose Up
CREATE TABLE IF NOT EXISTS ingresses (
    workspace  TEXT NOT NULL DEFAULT '',
    channel    TEXT NOT NULL DEFAULT '',
    ingress_id TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, channel),
    UNIQUE (ingress_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS ingresses;
