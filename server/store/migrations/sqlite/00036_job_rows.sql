-- Long lists that jobs found: an entry of a list is a row, in order.

-- +goose Up
CREATE TABLE IF NOT EXISTS job_rows (
    workspace TEXT NOT NULL DEFAULT '',
    job_id    TEXT NOT NULL DEFAULT '',
    seq       INTEGER NOT NULL DEFAULT 0,
    body      BLOB NULL,
    PRIMARY KEY (workspace, job_id, seq)
);

-- +goose Down
DROP TABLE IF EXISTS job_rows;
