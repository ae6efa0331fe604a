#!/usr/bin/env bash
# Publishes tasks of mixed type, priority, delay and failure from several processes, runs them in several workers, and accounts for
# every one of them: eng/ledger.sh [--tasks 100000] [--scheduled 20000] [--publishers 3] [--workers 3] [--seed 7]
# Needs a broker at TASKQUEUE_RABBITMQ, or starts one as eng/demo.sh does. Exits non-zero unless the account is exact.
set -euo pipefail
cd "$(dirname "$0")/.."
eng/broker.sh start
TASKQUEUE_RABBITMQ=$(eng/broker.sh url)
export TASKQUEUE_RABBITMQ
dotnet build tests/Ledger -c Release -v q --nologo
exec tests/Ledger/bin/Release/net10.0/Ledger run "$@"
