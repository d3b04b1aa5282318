-- Files that jobs wrote for people to fetch, in parts, until they expire. epoch is that of the worker who wrote them.

-- +goose Up
CREATE TABLE IF NOT EXISTS job_files (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    job_id     VARBINARY(191) NOT NULL DEFAULT '',
    epoch      BIGINT NOT NULL DEFAULT 0,
    part       BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL DEFAULT 0,
    body       LONGBLOB NULL,
    PRIMARY KEY (workspace, job_id, epoch, part),
    INDEX job_files_expires (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS job_files;
