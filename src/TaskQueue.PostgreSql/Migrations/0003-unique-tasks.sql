-- One row for each unique key that a task has. A row whose expires_at has passed counts as absent.
CREATE TABLE {schema}.unique_tasks (
    task_type      text        COLLATE "C" NOT NULL,
    key            text        COLLATE "C" NOT NULL,
    task_id        text        COLLATE "C" NOT NULL,  -- the task that has the key
    replaced_id    text        COLLATE "C",           -- the one whose place it took, if any
    state          smallint    NOT NULL,  -- 0 is being published, 1 waits, 2 has started
    repeats        integer     NOT NULL,  -- how often it was published again
    position       bigint      NOT NULL,  -- its place among all that asked for the key
    first_position bigint      NOT NULL,  -- the place of the first task of this window
    last_position  bigint      NOT NULL,  -- the last place that was given; only grows
    expires_at     timestamptz NOT NULL,  -- while it is being published, the end of the hold; then the end of the window
    PRIMARY KEY (task_type, key)
);
CREATE INDEX unique_tasks_expires_at ON {schema}.unique_tasks (expires_at);
