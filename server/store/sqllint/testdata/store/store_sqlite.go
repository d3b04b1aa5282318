package store

const pragma = "INSERT OR IGNORE INTO members (id) VALUES (?) RETURNING id"
