-- Hashes of the codes that stand in for a lost second factor; a used one is deleted.

-- +goose Up
CREATE TABLE IF NOT EXISTS recovery_codes (
    workspace TEXT NOT NULL DEFAULT '',
    user_id   TEXT NOT NULL DEFAULT '',
    hash      BLOB NOT NULL DEFAULT '',
    PRIMARY KEY (workspace, user_id, hash)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS recovery_codes;
