-- Stored decisions, by the position of the event that asked.

-- +goose Up
CREATE TABLE IF NOT EXISTS decisions (
    workspace  TEXT NOT NULL DEFAULT '',
    position   INTEGER NOT NULL DEFAULT 0,
    place      INTEGER NOT NULL DEFAULT 0,
    rule_key   TEXT NOT NULL DEFAULT '',
    subject    TEXT NOT NULL DEFAULT '',
    outcome    TEXT NOT NULL DEFAULT '',
    decided_at INTEGER NOT NULL DEFAULT 0,
    body       BLOB NULL,
    PRIMARY KEY (workspace, position, place)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS decisions_rule ON decisions (workspace, rule_key, position, place);

CREATE INDEX IF NOT EXISTS decisions_subject ON decisions (workspace, subject, position, place);

-- +goose Down
DROP TABLE IF EXISTS decisions;
