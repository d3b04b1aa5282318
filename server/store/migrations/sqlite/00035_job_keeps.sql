-- What the worker of a job keeps for the next one to go on from.

-- +goose Up
CREATE TABLE IF NOT EXISTS job_keeps (
    workspace  TEXT NOT NULL DEFAULT '',
    job_id     TEXT NOT NULL DEFAULT '',
    checkpoint BLOB NULL,
    PRIMARY KEY (workspace, job_id)
);

-- +goose Down
DROP TABLE IF EXISTS job_keeps;
