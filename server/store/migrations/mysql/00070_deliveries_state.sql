-- The list of deliveries by state: positions grow, so that each state's part of the index grows at its end.

-- +goose Up
ALTER TABLE deliveries ADD INDEX deliveries_state (workspace, state, position, delivery_id);

-- +goose Down
ALTER TABLE deliveries DROP INDEX deliveries_state;
