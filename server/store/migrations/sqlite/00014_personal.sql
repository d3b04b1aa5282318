-- Personal values, apart from the log so that erasing destroys them.

-- +goose Up
CREATE TABLE IF NOT EXISTS personal (
    workspace TEXT NOT NULL DEFAULT '',
    member    TEXT NOT NULL DEFAULT '',
    position  INTEGER NOT NULL DEFAULT 0,
    name      TEXT NOT NULL DEFAULT '',
    value     TEXT NULL,
    PRIMARY KEY (workspace, member, position, name)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS personal;
