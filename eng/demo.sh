#!/usr/bin/env bash
# Runs the photo sample end to end on a real RabbitMQ, and for its last stage a real PostgreSQL, and shows each stage as it happens.
#
#   eng/demo.sh            run it and clean up
#   eng/demo.sh --keep     run it and leave the servers, the API and the workers running, until the next run or until they are stopped
#
# Needs the .NET SDK and what eng/broker.sh needs: a broker named by TASKQUEUE_RABBITMQ, or Docker, or root on a Debian. eng/stores.sh finds
# PostgreSQL in the same ways (TASKQUEUE_POSTGRESQL). Where there is none, the demo says how to get one, and leaves out the last stage.
# Everything it writes is under .artifacts/demo. Written for bash 3.2 (macOS).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sample="$root/samples/PhotoService"
work="$root/.artifacts/demo"
keep=no
pids=()
story=
broker_is_ours=no
database_is_ours=no
database=

usage() { sed -n '2,/^set -/s/^#\( \|$\)//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
for argument in "$@"; do
  case "$argument" in
    --keep) keep=yes ;;
    *) usage ;;
  esac
done

say() { printf '%s\n' "$*"; }
fail() { printf 'demo: FAILED: %s\n' "$*" >&2; exit 1; }

# TERM lets the worker finish what it has started; KILL is for one that does not end.
stop_process() {
  local _
  kill "$1" 2>/dev/null || return 0
  for _ in $(seq 1 100); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.1; done
  kill -9 "$1" 2>/dev/null || true
}

clean_up() {
  local status=$? pid
  trap - EXIT INT TERM
  if [ "$status" != 0 ]; then show_logs; fi
  if [ "$keep" = yes ] && [ "$status" = 0 ]; then
    say ""
    say "Left running. The API answers at $api (samples/PhotoService/README.md shows calls). To stop it all:"
    say "  kill ${pids[*]}; eng/broker.sh stop${database:+; eng/stores.sh stop postgresql}"
    printf '%s\n' "${pids[@]}" >"$work/pids"
  else
    for pid in $story ${pids[@]+"${pids[@]}"}; do stop_process "$pid"; done
    if [ "$database_is_ours" = yes ]; then "$root/eng/stores.sh" stop postgresql; fi
    if [ "$broker_is_ours" = yes ]; then "$root/eng/broker.sh" stop; fi
  fi
  exit "$status"
}

# Those of an earlier run with --keep would take this one's tasks. A number may be another program's by now.
end_earlier_run() {
  local pid
  [ -r "$work/pids" ] || return 0
  while read -r pid; do
    case "$(ps -p "$pid" -o args= 2>/dev/null)" in *PhotoService.*) stop_process "$pid" ;; esac
  done <"$work/pids"
}

show_logs() {
  local log
  for log in "$work"/*.log; do
    [ -s "$log" ] || continue
    printf -- '--- the last lines of %s\n' "$log" >&2
    tail -n 20 "$log" >&2
  done
}

# start NAME: runs the sample's program of that name, with the settings that stand in the environment.
start() {
  local program="$sample/PhotoService.$1/bin/Release/net10.0"
  ( cd "$program" && exec dotnet "PhotoService.$1.dll" ) >"$work/$1.log" 2>&1 </dev/null &
  pids+=($!)
}

# The API takes a free port and says which.
wait_for_api() {
  local address _
  for _ in $(seq 1 300); do
    address=$(sed -n 's/.*Now listening on: \(http[^ ]*\).*/\1/p' "$work/Api.log" | head -n 1)
    if [ -n "$address" ]; then api=$address; return 0; fi
    kill -0 "${pids[0]}" 2>/dev/null || fail "the API ended while starting"
    sleep 0.1
  done
  fail "the API did not start within 30 seconds"
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

command -v dotnet >/dev/null || fail "there is no dotnet; install the .NET 10 SDK: https://dot.net"
end_earlier_run
rm -rf "$work"
mkdir -p "$work"

say "Starting RabbitMQ"
if [ -z "${TASKQUEUE_RABBITMQ:-}" ] && ! "$root/eng/broker.sh" status >/dev/null 2>&1; then broker_is_ours=yes; fi
"$root/eng/broker.sh" start >/dev/null
TaskQueue__RabbitMq__Uri=$("$root/eng/broker.sh" url)   # by environment: an argument would show the password to everybody
management=$("$root/eng/broker.sh" management-url)
export TaskQueue__RabbitMq__Uri

say "Starting PostgreSQL"
if [ -z "${TASKQUEUE_POSTGRESQL:-}" ] && ! "$root/eng/stores.sh" status postgresql >/dev/null 2>&1; then database_is_ours=yes; fi
if "$root/eng/stores.sh" start postgresql >"$work/database"; then
  database=$(cat "$work/database")
  export ConnectionStrings__Billing=$database
elif [ -n "${TASKQUEUE_POSTGRESQL:-}" ]; then
  fail "there is no PostgreSQL where TASKQUEUE_POSTGRESQL says"
else
  database_is_ours=no
  say "Without PostgreSQL the last stage, which charges a card, is left out."
fi

say "Building the sample"
# Without build servers: they would outlive the demo and hold its output open.
dotnet build "$sample/PhotoService.Demo" -c Release --nologo -v quiet -clp:ErrorsOnly --disable-build-servers >"$work/build.log" 2>&1 || fail "the build"

say "Starting the API and the worker"
export Photos__Storage="$work/storage"
export Photos__FollowUpAfter=00:00:05
export ASPNETCORE_URLS=http://127.0.0.1:0
start Api
start Worker
wait_for_api

# In the background, since bash would put a signal off until a program in the foreground has ended.
dotnet "$sample/PhotoService.Demo/bin/Release/net10.0/PhotoService.Demo.dll" --Api "$api" --Management "$management" --Uploads "$sample/photos" \
  --Billing "$sample/PhotoService.Billing/bin/Release/net10.0/PhotoService.Billing.dll" &
story=$!
wait "$story"
if [ "$broker_is_ours" = yes ]; then
  if [ "$keep" = yes ]; then say "  (user guest, password guest)"; else say "  (it stops with the demo; eng/demo.sh --keep leaves it running)"; fi
fi
say ""
if [ -n "$database" ]; then
  if [ "$keep" = yes ]; then start Billing; fi
  say "The demo has shown everything."
else
  say "The demo has shown everything but the charge, for want of PostgreSQL."
fi
