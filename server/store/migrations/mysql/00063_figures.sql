-- What reports show: by local day (in days since 1970-01-01) and thing counted,
-- the sum that commits add to (figures.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS figures (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    name      VARBINARY(32) NOT NULL DEFAULT '',
    day       BIGINT NOT NULL DEFAULT 0,
    part      VARBINARY(191) NOT NULL DEFAULT '',
    detail    VARBINARY(191) NOT NULL DEFAULT '',
    amount    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, name, day, part, detail)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS figures;
