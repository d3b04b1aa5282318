-- +goose Up
CREATE TABLE IF NOT EXISTS members (
  id BIGINT NOT NULL,
  name VARCHAR(50) NOT NULL, -- fault: collation
  PRIMARY KEY (id)
);

-- +goose Down
DROP TABLE members;
