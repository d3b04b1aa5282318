-- Long lists that jobs found: an entry of a list is a row, in order.

-- +goose Up
CREATE TABLE IF NOT EXISTS job_rows (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    job_id    VARBINARY(191) NOT NULL DEFAULT '',
    seq       BIGINT NOT NULL DEFAULT 0,
    body      LONGBLOB NULL,
    PRIMARY KEY (workspace, job_id, seq)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS job_rows;
