-- What reports show: by local day (in days since 1970-01-01) and thing counted,
-- the sum that commits add to (figures.go).

-- +goose Up
CREATE TABLE IF NOT EXISTS figures (
    workspace TEXT NOT NULL DEFAULT '',
    name      TEXT NOT NULL DEFAULT '',
    day       INTEGER NOT NULL DEFAULT 0,
    part      TEXT NOT NULL DEFAULT '',
    detail    TEXT NOT NULL DEFAULT '',
    amount    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, name, day, part, detail)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE IF EXISTS figures;
