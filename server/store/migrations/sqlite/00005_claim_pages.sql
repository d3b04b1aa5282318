-- Event ids of closed generations, sorted, by the first byte of the id.

-- +goose Up
CREATE TABLE IF NOT EXISTS claim_pages (
    workspace  TEXT NOT NULL DEFAULT '',
    lane       INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    bucket     INTEGER NOT NULL DEFAULT 0,
    body       BLOB NULL,
    PRIMARY KEY (workspace, lane, generation, bucket)
);

-- +goose Down
DROP TABLE IF EXISTS claim_pages;
