#!/usr/bin/env bash
# Runs the fault scenarios: brokers that are killed, frozen, cut off and restarted under load, each with the account of every task.
#
#   eng/faults.sh                        all of them
#   eng/faults.sh --filter Cluster       only those whose full name contains this
#   eng/faults.sh --rabbitmq 4.0         on that version; without it on the newest 4
#   eng/faults.sh --list                 tells which there are
#
# Each prints how long the recovery took and what came twice. Other options: see eng/test.sh, which does the work. It needs Docker.
# Written for bash 3.2 (macOS).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
  -h | --help) sed -n '2,/^set -/s/^#\( \|$\)//p' "$0" ;;
  --list)
    dotnet build tests/TaskQueue.RabbitMq.FaultTests -c Release -v quiet --nologo >&2
    dotnet tests/TaskQueue.RabbitMq.FaultTests/bin/Release/net10.0/TaskQueue.RabbitMq.FaultTests.dll -noLogo -noColor -list methods ;;
  *)
    export TASKQUEUE_TEST_MINUTES=${TASKQUEUE_TEST_MINUTES:-60}
    exec eng/test.sh --project FaultTests --faults -showLiveOutput "$@" ;;
esac
