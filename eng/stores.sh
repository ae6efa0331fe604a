#!/usr/bin/env bash
# A real Redis and a real PostgreSQL for the tests, the samples and the benchmarks, on a laptop as on a bare Debian with nothing.
#
#   eng/stores.sh start            start both, or keep those that run; prints their addresses
#   eng/stores.sh env              do that, and print what the tests need:  eval "$(eng/stores.sh env)"
#   eng/stores.sh status           tell whether they answer
#   eng/stores.sh stop             stop them and delete their data
#   eng/stores.sh start redis      (or postgresql) one of them alone; the same with env, status and stop
#
# Each store is the first of these that works:
#   1. the one at TASKQUEUE_REDIS or TASKQUEUE_POSTGRESQL (what StackExchange.Redis and Npgsql take), which is only checked;
#   2. a program of this machine: TASKQUEUE_REDIS_SERVER (a path) and TASKQUEUE_POSTGRESQL_BIN (a folder), or where they usually are;
#   3. as root on Debian, the same after apt-get install, which starts no service of Debian's own;
#   4. Docker, with the image TASKQUEUE_REDIS_IMAGE (redis:7) or TASKQUEUE_POSTGRESQL_IMAGE (postgres:17).
#
# They keep their data and their ports from one start to the next, also when they were killed. Where one cannot be had, env prints
# the other one and fails. Only addresses and exports go to stdout, progress goes to stderr. Written for bash 3.2 (macOS).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Stores of its own for each clone, so that two clones on one machine do not take each other's away.
name=taskqueue-$(printf '%s' "$root" | cksum | cut -d' ' -f1)
state_dir="$root/.artifacts/stores"
redis_image=${TASKQUEUE_REDIS_IMAGE:-redis:7}
postgresql_image=${TASKQUEUE_POSTGRESQL_IMAGE:-postgres:17}
verb=${1:-help}
stores=${2:-redis postgresql}
cd /   # where PostgreSQL's user may be

say() { printf '%s: %s\n' "$verb" "$*" >&2; }
fail() {
  printf '%s: FAILED: %s\n' "$verb" "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

case "$stores" in
  redis | postgresql | 'redis postgresql') ;;
  *) fail "there is no store named '$stores'" "eng/stores.sh help" ;;
esac

# macOS has no timeout(1) and no setsid(1); there the command runs without a limit, or in this session.
within() {
  local seconds=$1
  shift
  if command -v timeout >/dev/null; then timeout "$seconds" "$@"; else "$@"; fi
}

become() {
  if command -v setsid >/dev/null; then exec setsid nohup "$@"; else exec nohup "$@"; fi
}

# Two test runs may start side by side on one machine; only one may install packages or start the stores.
take_turns() {
  command -v flock >/dev/null || return 0
  exec 9>"${TMPDIR:-/tmp}/taskqueue-stores.$(id -u).lock"
  flock -w 900 9 || fail "another eng/stores.sh has held the lock for 15 minutes" "End it, then run this again."
}

# --- the machine ---------------------------------------------------------------------------------------------------------

is_root() { [ "$(id -u)" = 0 ]; }

is_debian_root() { is_root && [ -r /etc/os-release ] && command -v apt-get >/dev/null && grep -q '^ID=debian$' /etc/os-release; }

engine_answers() { command -v docker >/dev/null && within 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# Debian starts what it installs unless this file forbids it. One that is there already is somebody else's decision.
forbid_services() {
  local policy=/usr/sbin/policy-rc.d
  [ ! -e "$policy" ] || return 0
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  # shellcheck disable=SC2064 # the name is known now
  trap "rm -f '$policy'" EXIT
}

apt_install() {
  local log="$state_dir/apt.log" code=0
  say "installing $* (apt-get)"
  mkdir -p "$state_dir"
  (
    export DEBIAN_FRONTEND=noninteractive
    forbid_services
    # The first try spares the update. Then: a source of somebody else that does not answer must not stop us, Debian's own are enough.
    apt-get install -y --no-install-recommends "$@" && exit 0
    apt-get update || true
    apt-get install -y --no-install-recommends "$@"
  ) >"$log" 2>&1 9>&- || code=$?
  hash -r
  [ "$code" = 0 ] && return 0
  say "apt-get could not install $*:"
  tail -n 5 "$log" >&2
  return 1
}

# Whose command this process is; nothing where there is no such process, or one that has ended and was not reaped.
program_of() {
  if [ -d /proc/self ]; then
    [ -n "$(tr -d '\000' <"/proc/$1/cmdline")" ] && cat "/proc/$1/comm"
  else
    basename "$(ps -p "$1" -o comm=)"
  fi 2>/dev/null
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port _
  for _ in $(seq 1 50); do
    port=$((20000 + RANDOM % 10000))   # below the ports that systems hand out to clients
    if ! port_is_taken "$port"; then echo "$port"; return 0; fi
  done
  fail "no free port between 20000 and 30000"
}

# --- what is known about a store -----------------------------------------------------------------------------------------

# STORE mode port
remember() {
  mkdir -p "$state_dir"
  printf '%s\n' "mode=$2" "port=$3" >"$state_dir/$1.state"
}

recall() { [ -r "$state_dir/$1.state" ] && sed -n "s|^$2=||p" "$state_dir/$1.state"; }

# The port of the last start, so that addresses that were handed out stay good; another one where somebody has taken it.
choose_port() {
  local last
  last=$(recall "$1" port || true)
  if [ -n "$last" ] && ! port_is_taken "$last"; then echo "$last"; else free_port; fi
}

address_of() {
  case "$1" in
    redis) echo "${TASKQUEUE_REDIS:-127.0.0.1:$(recall redis port)}" ;;
    postgresql) echo "${TASKQUEUE_POSTGRESQL:-Host=127.0.0.1;Port=$(recall postgresql port);Username=postgres;Database=postgres}" ;;
  esac
}

given_address() {
  case "$1" in
    redis) echo "${TASKQUEUE_REDIS:-}" ;;
    postgresql) echo "${TASKQUEUE_POSTGRESQL:-}" ;;
  esac
}

# host:port of an address, for people: an address may hold a password.
place_of() {
  local address
  address=$(address_of "$1")
  case "$1" in
    redis) printf '%s' "${address%%,*}" | sed -E 's|^([^:]*)$|\1:6379|' ;;
    postgresql)
      local host port
      host=$(printf '%s' "$address" | tr ';' '\n' | sed -n 's/^ *[Hh]ost *= *//p; s/^ *[Ss]erver *= *//p' | head -n 1)
      port=$(printf '%s' "$address" | tr ';' '\n' | sed -n 's/^ *[Pp]ort *= *//p' | head -n 1)
      echo "${host:-localhost}:${port:-5432}" ;;
  esac
}

# --- whether a store answers ---------------------------------------------------------------------------------------------

# HOST PORT: the first byte of the answer to the bytes on stdin.
first_byte() {
  (
    exec 3<>"/dev/tcp/$1/$2" || exit 1
    cat >&3
    within 5 head -c 1 <&3
  ) 2>/dev/null
}

# + is its PONG; - an error, such as NOAUTH, which a server that still loads its data gives as well.
redis_answer() { printf 'PING\r\n' | first_byte "$1" "$2" || true; }

# R asks for a password or for none; E is an error, such as that of a server that still starts up.
postgresql_answer() { printf '\000\000\000\051\000\003\000\000user\000postgres\000database\000postgres\000\000\000' | first_byte "$1" "$2" || true; }

answers() {
  local place
  place=$(place_of "$1")
  case "$1 $("${1}_answer" "${place%:*}" "${place##*:}")" in
    'redis +' | 'postgresql R') return 0 ;;
    # A server of somebody else's may have no such user, or ask for TLS first: that it answers is enough.
    *' -' | *' E') [ -n "$(given_address "$1")" ] ;;
    *) return 1 ;;
  esac
}

# STORE SECONDS [PROCESS]: no longer than the process lives
wait_for() {
  local _
  for _ in $(seq 1 $(($2 * 4))); do
    if answers "$1"; then return 0; fi
    if [ -n "${3:-}" ] && ! kill -0 "$3" 2>/dev/null; then return 1; fi
    sleep 0.25
  done
  return 1
}

# --- programs ------------------------------------------------------------------------------------------------------------

# The newest PostgreSQL, where distributions and Homebrew put it; initdb has to be beside the server.
find_postgresql() {
  local folder version newest=0 found=
  for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
    version=$(printf '%s' "$folder" | sed 's/[^0-9]//g')
    if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] && [ "$version" -gt "$newest" ]; then newest=$version found=$folder; fi
  done
  if [ -z "$found" ] && command -v initdb >/dev/null && command -v postgres >/dev/null; then found=$(dirname "$(command -v postgres)"); fi
  echo "$found"
}

# Where the program is, or nothing.
program_for() {
  case "$1" in
    redis) echo "${TASKQUEUE_REDIS_SERVER:-$(command -v redis-server || true)}" ;;
    postgresql) echo "${TASKQUEUE_POSTGRESQL_BIN:-$(find_postgresql)}" ;;
  esac
}

# PostgreSQL refuses to be root.
unprivileged_user() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }

as_unprivileged=()
if is_root; then
  as_unprivileged=(setpriv "--reuid=$(id -u "$(unprivileged_user)")" "--regid=$(id -g "$(unprivileged_user)")" --init-groups --)
fi

# Below the clone, unless that lies where PostgreSQL's user cannot go, such as in root's home.
postgresql_data() {
  if ${as_unprivileged[@]+"${as_unprivileged[@]}"} test -x "$root"; then echo "$state_dir/postgresql"; else echo "/tmp/$name-postgresql"; fi
}

# STORE: the process of ours that serves it, if it lives.
server_process() {
  local file process
  case "$1" in
    redis) file="$state_dir/redis/redis.pid" ;;
    postgresql) file="$(postgresql_data)/postmaster.pid" ;;
  esac
  [ -r "$file" ] || return 0
  process=$(head -n 1 "$file" 2>/dev/null)
  case "$(program_of "$process")" in redis-server | postgres) echo "$process" ;; esac
}

run_redis() {
  mkdir -p "$state_dir/redis"
  become "$(program_for redis)" --bind 127.0.0.1 --port "$1" --dir "$state_dir/redis" --pidfile "$state_dir/redis/redis.pid" \
    --appendonly yes --appendfsync everysec --save '' >>"$state_dir/redis.log" 2>&1 </dev/null 9>&- &
}

run_postgresql() {
  local bin data
  bin=$(program_for postgresql)
  data=$(postgresql_data)
  # It does not read the data of another version.
  if [ -r "$data/PG_VERSION" ] && ! "$bin/postgres" --version | grep -q " $(cat "$data/PG_VERSION")[^0-9]"; then rm -rf "$data"; fi
  if [ ! -r "$data/PG_VERSION" ]; then
    mkdir -p "$data"
    chmod 700 "$data"
    if is_root; then chown "$(unprivileged_user)" "$data"; fi
    ${as_unprivileged[@]+"${as_unprivileged[@]}"} "$bin/initdb" -D "$data" -U postgres --auth=trust --encoding=UTF8 --no-locale --no-sync >>"$state_dir/postgresql.log" 2>&1 9>&- || return 1
  fi
  # Left by a server that was killed. The number may be another program's by now, which PostgreSQL would take for itself.
  if [ -z "$(server_process postgresql)" ]; then rm -f "$data/postmaster.pid"; fi
  become ${as_unprivileged[@]+"${as_unprivileged[@]}"} "$bin/postgres" -D "$data" -h 127.0.0.1 -p "$1" -k '' -c max_connections=200 -c fsync=on -c synchronous_commit=on \
    >>"$state_dir/postgresql.log" 2>&1 </dev/null 9>&- &
}

start_program() {
  local port _
  [ -n "$(program_for "$1")" ] || return 1
  end_program "$1" KILL   # one that is there and answers nobody
  port=$(choose_port "$1")
  mkdir -p "$state_dir"
  say "starting $1 ($(program_for "$1"), log: $state_dir/$1.log)"
  remember "$1" program "$port"
  # The children of a PostgreSQL that was just killed may hold its data for a moment.
  for _ in 1 2 3; do
    "run_$1" "$port" && wait_for "$1" 30 $! && return 0
    sleep 1
  done
  say "$1 does not start; the last lines of its log:"
  tail -n 10 "$state_dir/$1.log" >&2 || true
  return 1
}

# STORE SIGNAL: ends what we started, and nothing else, also where it was suspended.
end_program() {
  local process _
  process=$(server_process "$1")
  [ -n "$process" ] || return 0
  { kill "-$2" "$process" && kill -CONT "$process"; } 2>/dev/null || true
  for _ in $(seq 1 40); do
    [ -n "$(server_process "$1")" ] || return 0
    sleep 0.25
  done
}

stop_program() {
  if [ "$1" = redis ]; then end_program redis TERM; else end_program postgresql INT; fi
  end_program "$1" KILL
  rm -rf "${state_dir:?}/$1"
  if [ "$1" = postgresql ]; then rm -rf "$(postgresql_data)"; fi
}

install_program() {
  is_debian_root || return 1
  case "$1" in
    redis) apt_install redis-server ;;
    postgresql) apt_install postgresql ;;
  esac
}

# --- Docker --------------------------------------------------------------------------------------------------------------

start_container() {
  local port image="${1}_image"
  engine_answers || return 1
  if ! docker image inspect "${!image}" >/dev/null 2>&1; then
    say "pulling ${!image}"
    within 600 docker pull -q "${!image}" >/dev/null 2>&1 || { say "no image registry gave ${!image}"; return 1; }
  fi
  docker rm -f "$name-$1" >/dev/null 2>&1 || true
  port=$(choose_port "$1")
  say "starting $1 with docker run (${!image})"
  remember "$1" docker "$port"
  case "$1" in
    redis)
      docker run -d --name "$name-redis" -p "127.0.0.1:$port:6379" -v "$name-redis:/data" "$redis_image" \
        redis-server --appendonly yes --appendfsync everysec --save '' ;;
    postgresql)
      docker run -d --name "$name-postgresql" -p "127.0.0.1:$port:5432" -v "$name-postgresql:/var/lib/postgresql/data" -e POSTGRES_HOST_AUTH_METHOD=trust \
        "$postgresql_image" -c max_connections=200 ;;
  esac >/dev/null 9>&- && wait_for "$1" 60 && return 0
  say "$1 did not answer within a minute; the last lines of its log:"
  docker logs --tail 10 "$name-$1" >&2 || true
  return 1
}

stop_container() {
  docker rm -f -v "$name-$1" >/dev/null 2>&1 || true
  docker volume rm "$name-$1" >/dev/null 2>&1 || true
}

# --- the verbs -----------------------------------------------------------------------------------------------------------

start_one() {
  if [ -n "$(given_address "$1")" ]; then
    if answers "$1"; then say "using $1 at $(place_of "$1"), which is given"; return 0; fi
    say "no $1 answers at $(place_of "$1"): start it, correct the variable, or unset it"
    return 1
  fi
  if [ -n "$(recall "$1" port || true)" ] && answers "$1"; then say "$1 runs already, at $(place_of "$1")"; return 0; fi
  start_program "$1" || { [ -z "$(program_for "$1")" ] && install_program "$1" && start_program "$1"; } || start_container "$1" || cannot_have "$1" || return 1
  say "$1 answers at $(place_of "$1")"
}

cannot_have() {
  say "FAILED: no $1 can be had on this machine"
  case "$1" in
    redis) say "  Install redis-server or start Docker, or name one that is already there: export TASKQUEUE_REDIS=localhost:6379" ;;
    postgresql) say "  Install PostgreSQL or start Docker, or name one that is already there: export TASKQUEUE_POSTGRESQL='Host=localhost;Username=postgres'" ;;
  esac
  return 1
}

# Tests kill and restart servers of their own: with these programs, or with Docker.
print_env() {
  local program
  program=$(program_for "$1")
  case "$1" in
    redis)
      printf 'export TASKQUEUE_REDIS=%q\n' "$(address_of redis)"
      if [ -n "$program" ]; then printf 'export TASKQUEUE_REDIS_SERVER=%q\n' "$program"; fi ;;
    postgresql)
      printf 'export TASKQUEUE_POSTGRESQL=%q\n' "$(address_of postgresql)"
      if [ -n "$program" ]; then printf 'export TASKQUEUE_POSTGRESQL_BIN=%q\n' "$program"; fi ;;
  esac
}

start() {
  local store code=0
  for store in $stores; do
    if ! start_one "$store"; then
      code=1
    elif [ "$verb" = env ]; then
      print_env "$store"
    else
      address_of "$store"
    fi
  done
  return $code
}

stop() {
  local store
  for store in $stores; do
    case "$(recall "$store" mode || true)" in
      program) stop_program "$store" ;;
      docker) stop_container "$store" ;;
      *) say "no $store of ours runs" ;;
    esac
    rm -f "$state_dir/$store.state" "$state_dir/$store.log"
  done
}

status() {
  local store
  for store in $stores; do
    [ -n "$(given_address "$store")" ] || [ -n "$(recall "$store" port || true)" ] || fail "no $store was started" "eng/stores.sh start $store"
    answers "$store" || fail "no $store answers at $(place_of "$store")" "eng/stores.sh start $store"
    address_of "$store"
  done
}

case "$verb" in
  start | env) take_turns; start ;;
  stop) take_turns; stop ;;
  status) status ;;
  *) sed -n '2,/^set -/s/^#\( \|$\)//p' "${BASH_SOURCE[0]}" >&2; [ "$verb" = help ] ;;
esac
