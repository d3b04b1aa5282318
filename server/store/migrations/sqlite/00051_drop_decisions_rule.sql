-- What was found by this index is filed a segment at a time (made.go): keeping its
-- random order cost a commit more the longer the history was.

-- +goose Up
DROP INDEX IF EXISTS decisions_rule;

-- +goose Down
CREATE INDEX IF NOT EXISTS decisions_rule ON decisions (workspace, rule_key, position, place);
