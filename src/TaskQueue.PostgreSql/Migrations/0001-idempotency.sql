-- One row for each effect that runs or is done. A row whose expires_at has passed counts as absent.
CREATE TABLE {schema}.idempotency (
    task_type     text        COLLATE "C" NOT NULL,
    key           text        COLLATE "C" NOT NULL,
    fencing_token bigint      NOT NULL,  -- of the last attempt that took the key; only grows
    done          boolean     NOT NULL,
    duplicates    integer     NOT NULL,  -- deliveries that found the key taken since
    owner         text        NOT NULL,  -- the worker of the last attempt
    taken_at      timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,  -- while running, the end of the lease; once done, the end of the retention
    PRIMARY KEY (task_type, key)
);
CREATE INDEX idempotency_expires_at ON {schema}.idempotency (expires_at);
