-- The queue: deliveries that still want attention, and when.

-- +goose Up
CREATE TABLE IF NOT EXISTS outbox (
    workspace   TEXT NOT NULL DEFAULT '',
    delivery_id TEXT NOT NULL DEFAULT '',
    look        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, delivery_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS outbox_look ON outbox (look, workspace, delivery_id);

-- +goose Down
DROP TABLE IF EXISTS outbox;
