-- What was found by this index is filed a segment at a time (made.go): keeping its
-- random order cost a commit more the longer the history was.

-- +goose Up
ALTER TABLE decisions DROP INDEX decisions_subject;

-- +goose Down
ALTER TABLE decisions ADD INDEX decisions_subject (workspace, subject, position, place);
