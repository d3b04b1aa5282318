-- Long work, claimed by leases; look is when it wants attention, huge when it is finished.

-- +goose Up
CREATE TABLE IF NOT EXISTS jobs (
    workspace  TEXT NOT NULL DEFAULT '',
    job_id     TEXT NOT NULL DEFAULT '',
    kind       TEXT NOT NULL DEFAULT '',
    state      TEXT NOT NULL DEFAULT '',
    done       INTEGER NOT NULL DEFAULT 0,
    total      INTEGER NOT NULL DEFAULT 0,
    request    BLOB NULL,
    result     BLOB NULL,
    error_text TEXT NULL,
    created_at INTEGER NOT NULL DEFAULT 0,
    updated_at INTEGER NOT NULL DEFAULT 0,
    look       INTEGER NOT NULL DEFAULT 0,
    epoch      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, job_id)
);

CREATE INDEX IF NOT EXISTS jobs_look ON jobs (look, workspace, job_id);

CREATE INDEX IF NOT EXISTS jobs_created ON jobs (workspace, created_at, job_id);

-- +goose Down
DROP TABLE IF EXISTS jobs;
