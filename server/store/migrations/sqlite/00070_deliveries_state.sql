-- The list of deliveries by state: positions grow, so that each state's part of the index grows at its end.

-- +goose Up
CREATE INDEX IF NOT EXISTS deliveries_state ON deliveries (workspace, state, position, delivery_id);

-- +goose Down
DROP INDEX IF EXISTS deliveries_state;
