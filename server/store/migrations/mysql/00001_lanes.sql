-- The order of each workspace: one row, which every transaction locks first. commits counts transactions and stamp names
-- the last one, claim_stamp the last that claimed events; generation and claimed say how much of claim_log is closed,
-- folded and folded_stamp how much of state_log is in records.

-- +goose Up
CREATE TABLE IF NOT EXISTS lanes (
    workspace    VARBINARY(191) NOT NULL DEFAULT '',
    lane         BIGINT NOT NULL DEFAULT 0,
    position     BIGINT NOT NULL DEFAULT 0,
    revision     BIGINT NOT NULL DEFAULT 0,
    commits      BIGINT NOT NULL DEFAULT 0,
    stamp        BIGINT NOT NULL DEFAULT 0,
    claim_stamp  BIGINT NOT NULL DEFAULT 0,
    generation   BIGINT NOT NULL DEFAULT 0,
    claimed      BIGINT NOT NULL DEFAULT 0,
    folded       BIGINT NOT NULL DEFAULT 0,
    folded_stamp BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace, lane)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS lanes;
