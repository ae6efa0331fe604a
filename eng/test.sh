#!/usr/bin/env bash
# Runs all tests, on a machine that has only the .NET SDK as on a laptop with Docker.
#
#   eng/test.sh                          everything: broker, stores, build, unit tests, then the tests on a real broker, the newest
#                                        RabbitMQ 4; and those of the integration project once more on RabbitMQ 4.0, without
#                                        those whose subject is this side alone (Broker=Newest)
#   eng/test.sh --rabbitmq 4.0           everything on that version alone
#   eng/test.sh --filter RetryTests      only tests whose full name contains this (or any filter that `dotnet test` knows)
#   eng/test.sh --project Integration    only test projects whose name contains this
#   eng/test.sh --faults                 all scenarios of the fault tests, not the quick ones alone (eng/faults.sh)
#   eng/test.sh --no-build               what is built already
#   eng/test.sh -stopOnFail …            anything else goes to xunit's own runner (see its -? for a list)
#
# The last line is `N passed, N failed, N skipped`; the exit code is 0 only when tests ran and none failed. A project that
# crashes, or is not done within TASKQUEUE_TEST_MINUTES (15), counts as one failed test. Results: .artifacts/test-results.
# RabbitMQ 4.0 is left out with --project, --filter or an option of xunit's, and with a broker given by TASKQUEUE_RABBITMQ. Where
# it cannot be had, that counts as one skipped test, and in CI (CI=true) as a failed one. Redis and PostgreSQL: see eng/stores.sh.
# Written for bash 3.2 (macOS).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=eng/test-run.sh
. eng/test-run.sh

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
results=.artifacts/test-results
minutes=${TASKQUEUE_TEST_MINUTES:-15}
oldest=4.0   # the oldest RabbitMQ that is supported
only=
version=
build=yes
everything=yes
faults=quick
arguments=(-noLogo -noColor)
# What is not about tests; the log has it all.
noise="^ *(Discovering|Discovered|Starting|Finished): |^=== TEST EXECUTION SUMMARY|$testcontainers|^\$"
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) sed -n '2,/^set -/s/^#\( \|$\)//p' "$0"; exit 0 ;;
    --filter)
      everything=no
      faults=all   # what is named is run
      case "${2:?--filter needs a value}" in
        *[=~]*) arguments+=(-filterVSTest "$2") ;;
        *) arguments+=(-filterVSTest "FullyQualifiedName~$2") ;;
      esac
      shift ;;
    --project) everything=no; only=${2:?--project needs a value}; shift ;;
    --rabbitmq) everything=no; version=${2:?--rabbitmq needs a version, such as 4.0}; shift ;;
    --faults) everything=no; faults=all ;;
    --no-build) build=no ;;
    *) everything=no; arguments+=("$1") ;;
  esac
  shift
done

say() { printf 'test: %s\n' "$*"; }

# Unit tests first, since they are quick to fail; the faulty broker last.
projects() {
  local project rank
  for project in tests/*Tests/*.csproj; do
    case "$project" in
      *.FaultTests.csproj) rank=3 ;;
      *.IntegrationTests.csproj) rank=2 ;;
      *) rank=1 ;;
    esac
    case "$(basename "$project")" in *"$only"*) echo "$rank $project" ;; esac
  done | sort | cut -d' ' -f2
}

# A test publishes from Python, as a program in another language does. It is skipped where the client is not there.
install_pika() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! /usr/bin/python3 -c 'import pika' 2>/dev/null; then
    say "installing python3-pika"
    mkdir -p .artifacts
    { apt-get install -y --no-install-recommends python3-pika || { apt-get update; apt-get install -y --no-install-recommends python3-pika; }; } \
      >.artifacts/pika.log 2>&1 </dev/null || say "python3-pika cannot be installed; the test that needs it is skipped"
  fi
}

attribute() { sed -n "s/.*<assembly [^>]* $1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }

# PROJECT [RABBITMQ VERSION], to tell a second run of a project from the first
run_project() { execute "$@"; count "$@"; }

execute() {
  local project file log limit=() subset=() code=0
  project=$(basename "$1" .csproj)
  case "$faults $project" in quick*.FaultTests) subset=(-trait Category=Quick) ;; esac
  # Scenarios of this side's trouble with a broker that is silent, busy or cut off, in which its version has no say.
  if [ -n "${2:-}" ]; then subset+=(-trait- Broker=Newest); fi
  file=$(results_of "$@")
  log="${file%.xml}.log"
  if command -v timeout >/dev/null; then limit=(timeout --kill-after=15 "${minutes}m"); fi
  ${limit[@]+"${limit[@]}"} dotnet "tests/$project/bin/Release/net10.0/$project.dll" "${arguments[@]}" ${subset[@]+"${subset[@]}"} -result-xml "$file" </dev/null 2>&1 | tee "$log" |
    grep --line-buffered -Ev "$noise" || code=$?
  echo "$code" >"${file%.xml}.code"
}

results_of() { echo "$results/$(basename "$1" .csproj)${2:+-rabbitmq-$2}.xml"; }

count() {
  local name file code p f e s
  name="$(basename "$1" .csproj)${2:+ on RabbitMQ $2}"
  file=$(results_of "$@")
  code=$(cat "${file%.xml}.code" 2>/dev/null || echo 1)   # none where its lane was ended
  p=$(attribute passed "$file" 2>/dev/null || true)
  if [ -z "$p" ]; then
    failed=$((failed + 1))
    case "$code" in
      124 | 137) say "$name: HUNG, ended after $minutes minutes" ;;
      *) say "$name: CRASHED with exit code $code (log: ${file%.xml}.log)" ;;
    esac
    return
  fi
  f=$(attribute failed "$file")
  e=$(attribute errors "$file")
  s=$(attribute skipped "$file")
  # A runner that reports success and exits badly (a broken clean-up, say) has not succeeded.
  if [ "$code" != 0 ] && [ $((f + e)) = 0 ]; then e=1; fi
  say "$name: $p passed, $((f + e)) failed, $s skipped"
  passed=$((passed + p))
  failed=$((failed + f + e))
  skipped=$((skipped + s))
}

# A run that is ended takes with it what runs beside.
end_lane() {
  local children
  if [ -n "$lane" ]; then
    children=$(pgrep -P "$lane" || true)
    # shellcheck disable=SC2086 # one word for each process; the lane first, which would begin the next project
    kill "$lane" $children 2>/dev/null || true
  fi
  remove_containers
}

# Gives the tests a broker of this version, or of the newest.
use_broker() {
  local environment
  environment=$(eng/broker.sh env ${1:+--rabbitmq "$1"} </dev/null) || return 1
  eval "$environment"
}

# Where only one store can be had, the tests that need the other one are skipped.
use_stores() {
  local environment code=0
  environment=$(eng/stores.sh env "$@" </dev/null) || code=$?
  eval "$environment"
  if [ "$code" != 0 ] && [ "${CI:-}" = true ]; then
    failed=1
    say "CI needs the stores"
    finish
  elif [ "$code" != 0 ]; then
    say "not every store can be had; the tests that need one are skipped"
  fi
}

run_on_oldest() {
  if [ -n "${TASKQUEUE_RABBITMQ:-}" ]; then
    say "the tests ran on the broker at TASKQUEUE_RABBITMQ alone, and not on RabbitMQ $oldest"
  elif use_broker "$oldest"; then
    run_project TaskQueue.RabbitMq.IntegrationTests "$oldest"
  elif [ "${CI:-}" = true ]; then
    failed=$((failed + 1))
    say "CI needs RabbitMQ $oldest"
  else
    skipped=$((skipped + 1))
    say "SKIPPED on RabbitMQ $oldest, which cannot be had: nothing is known about it"
  fi
}

finish() {
  local code=0 log
  if [ "$failed" -gt 0 ]; then
    code=1
    # Once more, as a long output has buried them.
    for log in "$results"/*.log; do
      if [ -e "$log" ]; then grep -A 20 '\[FAIL\]' "$log" | cut -c 1-500 || true; fi
    done
  fi
  if [ $((passed + failed)) = 0 ]; then
    say "no test ran"
    code=1
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  exit "$code"
}

passed=0 failed=0 skipped=0
rm -rf "$results"
mkdir -p "$results"

if [ "$build" = yes ]; then
  say "building"
  # On failure nothing can be tested: that is one failure, and it has to be read as one.
  dotnet build TaskQueue.sln -c Release -v quiet --nologo </dev/null || { failed=1; say "the build failed"; finish; }
fi

begin_test_run
list=$(projects)
case "$list" in
  *IntegrationTests* | *FaultTests*)
    if [ -n "$version" ] && [ -n "${TASKQUEUE_RABBITMQ:-}" ]; then
      failed=1
      say "--rabbitmq $version starts a broker, but TASKQUEUE_RABBITMQ names one: leave one of them out"
      finish
    elif use_broker "$version"; then
      :
    elif [ "${CI:-}" = true ]; then
      failed=1
      say "CI needs a broker"
      finish
    else
      say "no broker can be had; the tests that need one are skipped"
    fi
    install_pika ;;
esac

stores=
case "$list" in *.Redis.Tests* | *.PostgreSql.FaultTests*) stores=redis ;; esac
case "$list" in *.PostgreSql.* | *.EntityFrameworkCore.*) stores="${stores:+$stores }postgresql" ;; esac
if [ -n "$stores" ]; then use_stores "$stores"; fi

# These mostly wait, for a store's clock or for somebody who was killed: they run beside the unit tests.
beside= others= slow=
for project in $list; do
  case "$project" in
    *.PostgreSql.* | *.EntityFrameworkCore.* | *.Redis.*) beside="$beside $project" ;;
    *.IntegrationTests.csproj | *.FaultTests.csproj) slow="$slow $project" ;;
    *) others="$others $project" ;;
  esac
done
(for project in $beside; do execute "$project"; done) >"$results/beside.out" 2>&1 &
lane=$!
trap end_lane EXIT
for project in $others; do run_project "$project"; done
wait "$lane" || failed=$((failed + 1))
lane=
cat "$results/beside.out"
for project in $beside; do count "$project"; done

for project in $slow; do run_project "$project"; done
if [ "$everything" = yes ]; then run_on_oldest; fi
finish
