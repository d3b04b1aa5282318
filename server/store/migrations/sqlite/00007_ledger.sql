-- Point entries, never changed.

-- +goose Up
CREATE TABLE IF NOT EXISTS ledger (
    workspace TEXT NOT NULL DEFAULT '',
    position  INTEGER NOT NULL DEFAULT 0,
    entry     TEXT NOT NULL DEFAULT '',
    member    TEXT NOT NULL DEFAULT '',
    account   TEXT NOT NULL DEFAULT '',
    rule_key  TEXT NOT NULL DEFAULT '',
    body      BLOB NULL,
    PRIMARY KEY (workspace, position, entry)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS ledger_member ON ledger (workspace, member, position, entry);

-- +goose Down
DROP TABLE IF EXISTS ledger;
