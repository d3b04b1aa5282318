-- Long work, claimed by leases; look is when it wants attention, huge when it is finished.

-- +goose Up
CREATE TABLE IF NOT EXISTS jobs (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    job_id     VARBINARY(191) NOT NULL DEFAULT '',
    kind       VARBINARY(32) NOT NULL DEFAULT '',
    state      VARBINARY(32) NOT NULL DEFAULT '',
    done       BIGINT NOT NULL DEFAULT 0,
    total      BIGINT NOT NULL DEFAULT 0,
    request    LONGBLOB NULL,
    result     LONGBLOB NULL,
    error_text LONGTEXT COLLATE utf8mb4_bin NULL,
    created_at BIGINT NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL DEFAULT 0,
    look       BIGINT NOT NULL DEFAULT 0,
    epoch      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, job_id),
    INDEX jobs_look (look, workspace, job_id),
    INDEX jobs_created (workspace, created_at, job_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS jobs;
