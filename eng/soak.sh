#!/usr/bin/env bash
# Publishes and works without end while everything is broken in turn (workers, publishers, network, broker), by a schedule that follows from
# the seed, and accounts for every task at the end.
#
#   eng/soak.sh --minutes 30 --seed 7    against a broker of its own, in Docker
#   eng/soak.sh --cluster true           against a cluster of three nodes
#   eng/soak.sh --rabbitmq 4.0           against that version; with --cluster true too
#   eng/soak.sh --rabbitmq amqp://…      against that one, of which only the connections are broken
#
# Says a line a minute: each fault with its time and how long it took until all worked again. Exits non-zero unless the account is exact
# and every recovery took at most 10 s (docs/testing.md says how that is measured).
# Written for bash 3.2 (macOS).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=eng/test-run.sh
. eng/test-run.sh

case "${1:-}" in
  -h | --help) sed -n '2,/^set -/s/^#\( \|$\)//p' "$0"; exit 0 ;;
esac

version=() arguments=()
while [ $# -gt 0 ]; do
  case "$1 ${2:-}" in
    '--rabbitmq '[0-9]*) version=(--rabbitmq "$2"); shift ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

environment=$(TASKQUEUE_RABBITMQ='' eng/broker.sh env ${version[@]+"${version[@]}"} </dev/null)
eval "$environment"
begin_test_run soak-
dotnet build tests/Ledger -c Release -v quiet --nologo -clp:ErrorsOnly </dev/null
dotnet tests/Ledger/bin/Release/net10.0/Ledger.dll soak ${arguments[@]+"${arguments[@]}"} </dev/null |
  grep --line-buffered -Ev "$testcontainers"
