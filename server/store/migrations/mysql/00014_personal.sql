-- Personal values, apart from the log so that erasing destroys them.

-- +goose Up
CREATE TABLE IF NOT EXISTS personal (
    workspace VARBINARY(191) NOT NULL DEFAULT '',
    member    VARBINARY(191) NOT NULL DEFAULT '',
    position  BIGINT NOT NULL DEFAULT 0,
    name      VARBINARY(191) NOT NULL DEFAULT '',
    value     LONGTEXT COLLATE utf8mb4_bin NULL,
    PRIMARY KEY (workspace, member, position, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS personal;
