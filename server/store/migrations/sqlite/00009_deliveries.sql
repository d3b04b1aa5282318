-- Messages and what became of them. counted_at is when one counts for caps: 0 for what did not go out.

-- +goose Up
CREATE TABLE IF NOT EXISTS deliveries (
    workspace   TEXT NOT NULL DEFAULT '',
    delivery_id TEXT NOT NULL DEFAULT '',
    position    INTEGER NOT NULL DEFAULT 0,
    state       TEXT NOT NULL DEFAULT '',
    channel     TEXT NOT NULL DEFAULT '',
    member      TEXT NOT NULL DEFAULT '',
    grp         TEXT NOT NULL DEFAULT '',
    rule_key    TEXT NOT NULL DEFAULT '',
    promotes    INTEGER NOT NULL DEFAULT 0,
    counted_at  INTEGER NOT NULL DEFAULT 0,
    epoch       INTEGER NOT NULL DEFAULT 0,
    lease       INTEGER NOT NULL DEFAULT 0,
    body        BLOB NULL,
    PRIMARY KEY (workspace, delivery_id)
);

CREATE INDEX IF NOT EXISTS deliveries_position ON deliveries (workspace, position, delivery_id);

CREATE INDEX IF NOT EXISTS deliveries_member ON deliveries (workspace, member, counted_at);

CREATE INDEX IF NOT EXISTS deliveries_group ON deliveries (workspace, grp, counted_at);

-- +goose Down
DROP TABLE IF EXISTS deliveries;
