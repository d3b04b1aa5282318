-- What the worker of a job keeps for the next one to go on from.

-- +goose Up
CREATE TABLE IF NOT EXISTS job_keeps (
    workspace  VARBINARY(191) NOT NULL DEFAULT '',
    job_id     VARBINARY(191) NOT NULL DEFAULT '',
    checkpoint LONGBLOB NULL,
    PRIMARY KEY (workspace, job_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS job_keeps;
