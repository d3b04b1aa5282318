-- Files that jobs wrote for people to fetch, in parts, until they expire. epoch is that of the worker who wrote them.

-- +goose Up
CREATE TABLE IF NOT EXISTS job_files (
    workspace  TEXT NOT NULL DEFAULT '',
    job_id     TEXT NOT NULL DEFAULT '',
    epoch      INTEGER NOT NULL DEFAULT 0,
    part       INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL DEFAULT 0,
    body       BLOB NULL,
    PRIMARY KEY (workspace, job_id, epoch, part)
);

CREATE INDEX IF NOT EXISTS job_files_expires ON job_files (expires_at);

-- +goose Down
DROP TABLE IF EXISTS job_files;
