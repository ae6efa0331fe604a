#!/usr/bin/env bash
# The ledger of effects: publishes each of many tasks one to three times while workers, store and broker are killed and paused, by schedules that follow
# from the seed, and accounts for every effect at the end.
#
#   eng/effects.sh                                     50,000 tasks; the effects in PostgreSQL, in one transaction with their marks
#   eng/effects.sh --store redis --seed 8              remembered in Redis
#   eng/effects.sh --tasks 5000 --workers 4 --lease 2
#
# Broker and store are its own. Says how far it is, and in the end what the account is; exits non-zero unless it is exact (docs/testing.md says what that is).
# Written for bash 3.2 (macOS).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=eng/test-run.sh
. eng/test-run.sh

case "${1:-}" in
  -h | --help) sed -n '2,/^set -/s/^#\( \|$\)//p' "$0"; exit 0 ;;
esac

environment=$(TASKQUEUE_RABBITMQ='' eng/broker.sh env </dev/null)
eval "$environment"
environment=$(eng/stores.sh env </dev/null)
eval "$environment"
begin_test_run effects-
dotnet build tests/EffectLedger -c Release -v quiet --nologo -clp:ErrorsOnly </dev/null
dotnet tests/EffectLedger/bin/Release/net10.0/EffectLedger.dll run "$@" </dev/null |
  grep --line-buffered -Ev "$testcontainers"
