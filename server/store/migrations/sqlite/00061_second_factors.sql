-- Users' second factors: the secret encrypted, the step of the last code that was used.

-- +goose Up
CREATE TABLE IF NOT EXISTS second_factors (
    workspace    TEXT NOT NULL DEFAULT '',
    user_id      TEXT NOT NULL DEFAULT '',
    secret       BLOB NULL,
    created_at   INTEGER NOT NULL DEFAULT 0,
    confirmed_at INTEGER NOT NULL DEFAULT 0,
    used_step    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, user_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS second_factors;
