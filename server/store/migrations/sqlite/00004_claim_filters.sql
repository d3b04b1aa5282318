-- One filter for each closed generation of event ids.

-- +goose Up
CREATE TABLE IF NOT EXISTS claim_filters (
    workspace  TEXT NOT NULL DEFAULT '',
    lane       INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    amount     INTEGER NOT NULL DEFAULT 0,
    body       BLOB NULL,
    PRIMARY KEY (workspace, lane, generation)
);

-- +goose Down
DROP TABLE IF EXISTS claim_filters;
