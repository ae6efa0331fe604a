#!/usr/bin/env bash
# What the outbox adds to the commits of an application: 64 clients of pgbench insert a task in a transaction each, on the server at
# TASKQUEUE_POSTGRESQL (eval "$(eng/stores.sh env postgresql)") or one that this starts, in rounds:
#
#   silent    without the trigger that rings
#   bell      as it is, while no relay sleeps, as in a stream of tasks
#   notify    as if each commit rang (NOTIFY), which a commit does while a relay sleeps
#
#   eng/outbox-commits.sh              five rounds of twelve seconds each
#   eng/outbox-commits.sh 9 20         nine of twenty
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-5}
seconds=${2:-12}
work=$(mktemp -d)
[ -n "${TASKQUEUE_POSTGRESQL:-}" ] || eval "$(eng/stores.sh env postgresql)"

# What Npgsql takes, as libpq takes it.
value() { printf '%s' "$TASKQUEUE_POSTGRESQL" | tr ';' '\n' | sed -n "s/^ *$1 *= *//Ip" | head -n 1; }
PGHOST=$(value host) PGPORT=$(value port) PGUSER=$(value username) PGDATABASE=$(value database) PGPASSWORD=$(value password)
export PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD PGOPTIONS='-c client_min_messages=warning'
pgbench=$(command -v "${TASKQUEUE_POSTGRESQL_BIN:-/usr/bin}/pgbench" || command -v pgbench)
psql=$(command -v "${TASKQUEUE_POSTGRESQL_BIN:-/usr/bin}/psql" || command -v psql)
run() { "$psql" -q -v ON_ERROR_STOP=1 "$@"; }

clean() {
  for kind in silent bell notify; do run -c "DROP SCHEMA IF EXISTS outbox_commits_$kind CASCADE"; done
  rm -rf "$work"
}
trap clean EXIT

for kind in silent bell notify; do
  schema=outbox_commits_$kind
  sed "s/{schema}/$schema/g; s/{name}/$schema/g" src/TaskQueue.PostgreSql/Migrations/0002-outbox.sql > "$work/$kind.sql"
  run -c "DROP SCHEMA IF EXISTS $schema CASCADE" -c "CREATE SCHEMA $schema" -f "$work/$kind.sql"
  echo "INSERT INTO $schema.outbox (task_id, task_type, envelope, body) VALUES ('id', 'charge', '{}', repeat('x', 300)::bytea);" > "$work/$kind.insert"
done
run -c "DROP TRIGGER outbox_ring ON outbox_commits_silent.outbox"
run -c "CREATE OR REPLACE FUNCTION outbox_commits_notify.outbox_ring() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_notify(''taskqueue_outbox'', ''''); RETURN NULL; END'"

for ((round = 1; round <= rounds; round++)); do
  for kind in silent bell notify; do
    run -c "TRUNCATE outbox_commits_$kind.outbox"
    result=$("$pgbench" -n -c 64 -j 2 -T "$seconds" -f "$work/$kind.insert" 2>&1) || { printf '%s\n' "$result" >&2; exit 1; }
    printf "round %s  %-7s %s\n" "$round" "$kind" "$(sed -n "s/^tps = \([0-9]*\).*/\1 commits a second/p" <<<"$result")"
  done
done
