#!/usr/bin/env bash
# Compares TaskQueue with RabbitMQ.Client tuned by hand and with its peers, on one machine, against a real RabbitMQ of its own on the host's network.
#
#   eng/bench.sh                               the default workloads, every contender, five rounds: see benchmarks/README.md
#   eng/bench.sh --full                        every workload, each twice as long: hours
#   eng/bench.sh --resume FILE.jsonl           goes on with a run that was ended
#   eng/bench.sh drain-16 publish-64           only these workloads
#   eng/bench.sh taskqueue                     only this contender, and the yardstick
#   eng/bench.sh --rounds 9 --scale 0.5        more rounds; half as long
#   eng/bench.sh idempotency-redis taskqueue   what a store costs; eng/stores.sh starts it
#   eng/bench.sh growth taskqueue              how cost grows with task types, publishers, bodies, backlog
#   eng/bench.sh --nodes 3 drain-16            against a cluster of so many nodes, all on this machine
#   eng/bench.sh --seed 7 --results FOLDER     the order within the rounds; where the results go (benchmarks/results)
#
# With TASKQUEUE_RABBITMQ and TASKQUEUE_RABBITMQ_MANAGEMENT it measures against that broker. TASKQUEUE_BENCH_PORT (5679) is the port of its own, further
# nodes have the next ones; the management port is 10,000 above it. Exits non-zero when a cell failed.
# Written for bash 3.2 (macOS).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
  -h | --help) sed -n '2,/^set -/s/^#\( \|$\)//p' "$0"; exit 0 ;;
esac

port=${TASKQUEUE_BENCH_PORT:-5679}
nodes=1
broker=${TASKQUEUE_RABBITMQ:-}
management=${TASKQUEUE_RABBITMQ_MANAGEMENT:-}

say() { printf 'bench: %s\n' "$*" >&2; }

# Of this run alone: another one on other ports keeps its broker.
container() { printf 'taskqueue-bench-%s-%s' "$$" "$1"; }

# What a run that was killed has left; it may have the port.
remove_orphans() {
  local name run
  for name in $(docker ps -a --format '{{.Names}}' | grep -E '^taskqueue-bench-[0-9]+-[0-9]+$' || true); do
    run=${name#taskqueue-bench-}
    run=${run%%-*}
    if ! ps -p "$run" >/dev/null 2>&1; then docker rm -f -v "$name" >/dev/null 2>&1 || true; fi
  done
}

remove_broker() {
  local node
  for ((node = port; node < port + nodes; node++)); do docker rm -f -v "$(container "$node")" >/dev/null 2>&1 || true; done
}

# On the host's network: a published port would put a proxy between, which costs CPU of its own.
start_node() {
  local own=$1 config peer
  config=$PWD/.artifacts/bench/rabbitmq-$own.conf
  cat >"$config" <<CONF
listeners.tcp.default = 127.0.0.1:$own
management.tcp.ip = 127.0.0.1
management.tcp.port = $((own + 10000))
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = $((own + 10010))
log.console.level = warning
queue_leader_locator = balanced
cluster_formation.peer_discovery_backend = classic_config
CONF
  for ((peer = port; peer < port + nodes; peer++)); do
    echo "cluster_formation.classic_config.nodes.$((peer - port + 1)) = bench-$peer@localhost" >>"$config"
  done
  docker run -d --name "$(container "$own")" --network host -e RABBITMQ_NODENAME="bench-$own@localhost" -e RABBITMQ_DIST_PORT="$((own + 20000))" \
    -e RABBITMQ_ERLANG_COOKIE=taskqueue-bench -v "$config:/etc/rabbitmq/conf.d/90-bench.conf:ro" "${TASKQUEUE_RABBITMQ_IMAGE:-rabbitmq:4-management}" >/dev/null
}

start_broker() {
  local environment node seconds=0
  environment=$(eng/broker.sh env </dev/null)
  eval "$environment"
  mkdir -p .artifacts/bench
  remove_orphans
  trap remove_broker EXIT
  broker=amqp://guest:guest@127.0.0.1:$port
  management=http://127.0.0.1:$((port + 10000))
  # One after the other: the first brings the port mapper that they share.
  for ((node = port; node < port + nodes; node++)); do
    start_node "$node"
    say "waiting for RabbitMQ at http://127.0.0.1:$((node + 10000))"
    until curl -fsS -u guest:guest "http://127.0.0.1:$((node + 10000))/api/health/checks/virtual-hosts" >/dev/null 2>&1; do
      seconds=$((seconds + 1))
      if [ "$seconds" -gt $((120 * nodes)) ]; then
        docker logs --tail 20 "$(container "$node")" >&2
        say "FAILED: RabbitMQ did not start within two minutes. Is the port $node free? TASKQUEUE_BENCH_PORT names another one."
        exit 1
      fi
      sleep 1
    done
  done
}

# Where the nodes' CPU can be read: not on macOS, whose containers run in a virtual machine.
broker_processes() {
  local node id all=
  for ((node = port; node < port + nodes; node++)); do
    id=$(docker inspect -f '{{.State.Pid}}' "$(container "$node")")
    if [ -r "/proc/$id/stat" ]; then all=$all${all:+,}$id; fi
  done
  echo "$all"
}

# Says something only where it fails.
build() {
  local output
  output=$(dotnet build "$1" -c Release -v quiet --nologo -clp:ErrorsOnly "${@:2}" </dev/null 2>&1) || { echo "$output" >&2; return 1; }
}

# Wolverine's package for RabbitMQ asks for one that it never calls here, and that not every registry serves: an empty one does in its place.
# Restored to a folder of its own, so that no other project of this machine ever gets it.
make_stand_in() {
  local folder=.artifacts/bench/stand-in
  rm -rf "$folder"
  mkdir -p "$folder"
  echo '<Project />' >"$folder/Directory.Build.props"
  echo '<Project />' >"$folder/Directory.Packages.props"
  cat >"$folder/StandIn.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <PackageId>WolverineFx.Newtonsoft</PackageId>
    <Version>$1</Version>
    <Description>Empty: stands in for the package of this name.</Description>
  </PropertyGroup>
</Project>
XML
  dotnet pack "$folder" -c Release -v quiet --nologo -clp:ErrorsOnly -o .artifacts/bench/feed </dev/null
}

# The one contender whose packages may be out of reach: the run goes on without it.
build_wolverine() {
  local project=benchmarks/TaskQueue.LoadTest.Wolverine version
  mkdir -p .artifacts/bench
  if build "$project" >.artifacts/bench/wolverine.log 2>&1; then return; fi
  version=$(sed -n 's/.*"WolverineFx.RabbitMQ" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
  if grep -q 'NU110.*WolverineFx.Newtonsoft' .artifacts/bench/wolverine.log && make_stand_in "$version" &&
    NUGET_PACKAGES=$PWD/.artifacts/bench/packages build "$project" "-p:RestoreAdditionalProjectSources=$PWD/.artifacts/bench/feed" >.artifacts/bench/wolverine.log 2>&1; then
    say "the registry does not serve WolverineFx.Newtonsoft, which is not called: an empty package stands in for it"
    return
  fi
  rm -rf "$project/bin"
  say "WITHOUT wolverine, which does not build (log: .artifacts/bench/wolverine.log)"
}

arguments=()
while [ $# -gt 0 ]; do
  case "$1 ${2:-}" in
    '--nodes '[1-9]) nodes=$2; shift ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

if [ "$nodes" -gt 1 ] && [ -n "$broker" ]; then
  say "FAILED: --nodes $nodes starts a cluster, but TASKQUEUE_RABBITMQ names a broker: leave one of them out"
  exit 1
fi

build benchmarks/TaskQueue.LoadTest
build benchmarks/TaskQueue.LoadTest.MassTransit
build_wolverine
if [ -z "$broker" ]; then
  start_broker
  processes=$(broker_processes)
  if [ -n "$processes" ]; then arguments+=(--broker-processes "$processes"); fi
fi
commit=$(git describe --always --dirty --exclude '*' 2>/dev/null || echo unknown)
# Only where one is asked for: a run of other workloads does without.
case " ${arguments[*]-} " in
  *' idempotency-redis '* | *' idempotency-postgresql '* | *' --full '* | *' --resume '*)
    stores=$(eng/stores.sh env </dev/null)
    eval "$stores" ;;
esac
dotnet benchmarks/TaskQueue.LoadTest/bin/Release/net10.0/TaskQueue.LoadTest.dll --broker "$broker" --management "${management:-http://127.0.0.1:15672}" --commit "$commit" ${arguments[@]+"${arguments[@]}"} </dev/null
