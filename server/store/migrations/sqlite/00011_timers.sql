-- When the machine looks again.

-- +goose Up
CREATE TABLE IF NOT EXISTS timers (
    workspace TEXT NOT NULL DEFAULT '',
    timer_key TEXT NOT NULL DEFAULT '',
    due       INTEGER NOT NULL DEFAULT 0,
    kind      TEXT NOT NULL DEFAULT '',
    body      BLOB NULL,
    PRIMARY KEY (workspace, timer_key)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS timers_due ON timers (due, workspace, timer_key);

-- +goose Down
DROP TABLE IF EXISTS timers;
