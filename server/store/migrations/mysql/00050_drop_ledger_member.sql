-- What was found by this index is filed a segment at a time (made.go): keeping its
-- random order cost a commit more the longer the history was.

-- +goose Up
ALTER TABLE ledger DROP INDEX ledger_member;

-- +goose Down
ALTER TABLE ledger ADD INDEX ledger_member (workspace, member, position, entry);
