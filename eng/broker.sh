#!/usr/bin/env bash
# A real RabbitMQ for the demo, the samples and the tests, on a laptop with Docker as on a bare Debian with nothing.
#
#   eng/broker.sh start            start a broker, or keep the one that runs; prints its two addresses
#   eng/broker.sh url              print its AMQP address           (also: management-url)
#   eng/broker.sh status           tell whether it answers
#   eng/broker.sh stop             stop it and delete its data
#   eng/broker.sh engine           make sure that a Docker engine answers and has the image
#   eng/broker.sh env              do that, and print what Testcontainers needs:  eval "$(eng/broker.sh env)"
#
# start, engine and env take `--rabbitmq VERSION` (4.0, 4.2, 4.3 ...; by default the newest 4), which is short for the image
# TASKQUEUE_RABBITMQ_IMAGE=rabbitmq:VERSION-management. Where no registry answers, Debian has 4.0 and the newest 4.
#
# `start` takes the first of these that works:
#   1. the broker at TASKQUEUE_RABBITMQ (and TASKQUEUE_RABBITMQ_MANAGEMENT), which is only checked, never started or stopped;
#   2. Docker with docker-compose.yml: `docker compose`, `docker-compose`, or the same as a plain `docker run`;
#   3. as root on Debian, a Docker engine and an image made of Debian's own packages;
#   4. the same file system under chroot, where no engine can run.
#
# TASKQUEUE_AMQP_PORT, TASKQUEUE_MANAGEMENT_PORT and TASKQUEUE_METRICS_PORT name ports; 0 picks a free one. Without them the
# usual ports are taken, or free ones where those are busy. Only addresses go to stdout, progress goes to stderr.
# Written for bash 3.2 (macOS).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
image=${TASKQUEUE_RABBITMQ_IMAGE:-rabbitmq:4-management}
# One broker for each clone, so that two clones on one machine do not take each other's away.
name=taskqueue-$(printf '%s' "$root" | cksum | cut -d' ' -f1)
state_dir="$root/.artifacts/broker"
state="$state_dir/state"
chroot_dir="$state_dir/root"
made_here=taskqueue.image=debian-packages   # label of an image that was built here, because no registry answered
verb=${1:-help}

say() { printf '%s: %s\n' "${verb}" "$*" >&2; }
fail() {
  printf '%s: FAILED: %s\n' "$verb" "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

case "${2:-}" in
  '') ;;
  --rabbitmq)
    [ -n "${3:-}" ] || fail "--rabbitmq needs a version, such as 4.0"
    image=rabbitmq:$3-management ;;
  *) fail "unknown option '$2'" "eng/broker.sh help" ;;
esac
export TASKQUEUE_RABBITMQ_IMAGE=$image   # for docker-compose.yml

# macOS has no timeout(1); there the command runs without a limit.
within() {
  local seconds=$1
  shift
  if command -v timeout >/dev/null; then timeout "$seconds" "$@"; else "$@"; fi
}

# Two test runs may start side by side on one machine; only one may install packages or start the engine.
take_turns() {
  command -v flock >/dev/null || return 0
  exec 9>"${TMPDIR:-/tmp}/taskqueue-broker.$(id -u).lock"
  flock -w 900 9 || fail "another eng/broker.sh has held the lock for 15 minutes" "End it, then run this again."
}

# --- the machine ---------------------------------------------------------------------------------------------------------

is_debian_root() {
  [ "$(id -u)" = 0 ] && [ -r /etc/os-release ] && command -v apt-get >/dev/null && grep -q '^ID=debian$' /etc/os-release
}

apt_install() {
  say "installing $* (apt-get)"
  mkdir -p "$state_dir"
  export DEBIAN_FRONTEND=noninteractive
  # The first try spares the update. Then: a source of somebody else that does not answer must not stop us, Debian's own are enough.
  apt-get install -y --no-install-recommends "$@" >"$state_dir/apt.log" 2>&1 9>&- && return 0
  apt-get update >>"$state_dir/apt.log" 2>&1 9>&- || say "some package sources did not answer (see $state_dir/apt.log), going on"
  apt-get install -y --no-install-recommends "$@" >>"$state_dir/apt.log" 2>&1 9>&- && return 0
  say "apt-get could not install $*:"
  tail -n 5 "$state_dir/apt.log" >&2
  return 1
}

# The Debian mirror that this machine uses itself, whatever format its sources have.
debian_mirror() {
  local codename
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-stable}")
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v codename="$codename" '($1 == codename || $1 == "stable") && $2 == "main" && !seen { print $3; seen = 1 }'
}

# --- Docker engine -------------------------------------------------------------------------------------------------------

engine_answers() { command -v docker >/dev/null && within 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

wait_for_engine() {
  local _
  for _ in $(seq 1 "$1"); do
    engine_answers && return 0
    sleep 0.5
  done
  return 1
}

# False for a process that has ended and was not reaped: its command line is empty.
runs_as() { [ -r "/proc/$1/comm" ] && [ "$(cat "/proc/$1/comm")" = "$2" ] && [ -n "$(tr -d '\000' <"/proc/$1/cmdline")" ]; }

# An engine that a former session left half dead holds its pid files and sockets, and the next one refuses to start.
clear_dead_engine() {
  local file program pid _
  for file in /var/run/docker.pid:dockerd /var/run/docker/containerd/containerd.pid:containerd; do
    program=${file##*:}
    file=${file%:*}
    [ -r "$file" ] || continue
    pid=$(cat "$file")
    if runs_as "$pid" "$program"; then
      say "ending $program (process $pid), which does not answer"
      kill "$pid" 2>/dev/null || true
      for _ in $(seq 1 20); do runs_as "$pid" "$program" || break; sleep 0.5; done
      if runs_as "$pid" "$program"; then kill -9 "$pid" 2>/dev/null || true; fi
    fi
    rm -f "$file"
  done
  rm -f /var/run/docker/containerd/containerd.sock /var/run/docker/containerd/containerd.sock.ttrpc
}

start_engine() {
  if [ -d /run/systemd/system ]; then
    systemctl start docker >&2 || true
    wait_for_engine 60 && return 0
    return 1
  fi
  # It may only be slow: another session has just started it.
  if [ -r /var/run/docker.pid ] && runs_as "$(cat /var/run/docker.pid)" dockerd; then
    say "a Docker engine is there and does not answer yet, waiting for it"
    wait_for_engine 40 && return 0
  fi
  clear_dead_engine
  mkdir -p "$state_dir"
  # vfs works on any file system, also inside a container. An engine that already has images keeps its own driver.
  local driver=--storage-driver=vfs
  if [ -d /var/lib/docker/image ] && [ ! -d /var/lib/docker/image/vfs ]; then driver=; fi
  say "starting dockerd (log: $state_dir/dockerd.log)"
  # shellcheck disable=SC2086 # an empty driver must vanish
  setsid nohup dockerd $driver >"$state_dir/dockerd.log" 2>&1 </dev/null 9>&- &
  wait_for_engine 60
}

ensure_engine() {
  engine_answers && return 0
  if ! is_debian_root || [ -n "${DOCKER_HOST:-}" ]; then
    say "no Docker engine answers"
    return 1
  fi
  if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
    apt_install docker.io iptables ca-certificates || return 1
    hash -r
  fi
  start_engine && return 0
  say "dockerd did not come up; the last lines of its log:"
  tail -n 5 "$state_dir/dockerd.log" >&2 2>/dev/null || true
  return 1
}

no_engine() {
  fail "no Docker engine can be had on this machine" \
    "Start Docker (Docker Desktop, or 'sudo systemctl start docker') and run this again," \
    "or name a RabbitMQ 4 that is already there: export TASKQUEUE_RABBITMQ=amqp://guest:guest@localhost:5672"
}

# --- image ---------------------------------------------------------------------------------------------------------------

# 4.0 for rabbitmq:4.0-management; nothing for an image of somebody's own, which cannot be made here.
image_version() {
  case "$image" in
    rabbitmq:*-management) local tag=${image#rabbitmq:}; echo "${tag%-management}" ;;
  esac
}

# Whether a root file system has the RabbitMQ that is asked for: 4.0.5-8 is a 4.0, and a 4.
root_has_version() {
  local version
  version=$(dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Version}' rabbitmq-server 2>/dev/null) || return 1
  case "$version" in "$(image_version)"[.-]*) return 0 ;; esac
  say "this is RabbitMQ $version, and not $(image_version)"
  return 1
}

# Makes a root file system with RabbitMQ 4 from Debian's packages. A Debian 12 has 3.10, so a later release is asked; its
# index may be older than its validity where a mirror is frozen.
build_root() {
  local dir=$1 mirror suite suites='forky trixie'
  case "$(image_version)" in
    '') say "only an image named rabbitmq:VERSION-management can be made from Debian's packages"; return 1 ;;
    4.0) suites=trixie ;;
  esac
  command -v mmdebstrap >/dev/null || apt_install mmdebstrap || return 1
  mirror=$(debian_mirror)
  if [ -z "$mirror" ]; then
    apt-get update >/dev/null 2>&1 9>&- || true
    mirror=$(debian_mirror)
  fi
  if [ -z "$mirror" ]; then
    say "no Debian mirror found in this machine's apt sources"
    return 1
  fi
  mkdir -p "$state_dir"
  # The proxies that the machine's own apt uses: mmdebstrap does not read the machine's configuration.
  { apt-config dump | grep -E '^Acquire::https?::' || true; echo 'Acquire::Check-Valid-Until "false";'; } >"$state_dir/apt.conf"
  for suite in $suites; do
    say "building a RabbitMQ from Debian $suite (about 20 s, log: $state_dir/mmdebstrap.log)"
    rm -rf "$dir"
    if within 600 mmdebstrap --variant=minbase --aptopt="$state_dir/apt.conf" --include=rabbitmq-server,ca-certificates "$suite" "$dir" \
      "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$state_dir/mmdebstrap.log" 2>&1 9>&-; then
      root_has_version "$dir" || continue
      # What the official image has as well.
      mkdir -p "$dir/etc/rabbitmq/conf.d"
      printf 'loopback_users = none\nlog.console = true\n' >"$dir/etc/rabbitmq/conf.d/10-defaults.conf"
      cp "$root/topology/enabled_plugins" "$dir/etc/rabbitmq/enabled_plugins"
      return 0
    fi
    tail -n 3 "$state_dir/mmdebstrap.log" >&2
  done
  return 1
}

build_image() {
  local dir="$state_dir/image-root"
  build_root "$dir" || return 1
  # Debian's /usr/sbin/rabbitmq-server keeps the log from stdout, where Docker and Testcontainers look for it.
  tar -C "$dir" -c . | docker import -c 'CMD ["/usr/lib/rabbitmq/bin/rabbitmq-server"]' -c 'WORKDIR /var/lib/rabbitmq' -c 'USER rabbitmq' -c 'VOLUME /var/lib/rabbitmq' \
    -c 'ENV RABBITMQ_LOGS=-' -c 'EXPOSE 4369 5671 5672 15672 15692 25672' -c "LABEL $made_here" - "$image" >/dev/null || return 1
  rm -rf "$dir"
}

ensure_image() {
  docker image inspect "$image" >/dev/null 2>&1 && return 0
  say "pulling $image"
  # A registry that is out of reach may answer at once or never. With nothing to fall back to, a slow line gets its time.
  local limit=900
  if is_debian_root; then limit=180; fi
  within "$limit" docker pull -q "$image" >/dev/null 2>&1 && return 0
  say "no image registry gave $image"
  if is_debian_root && build_image; then return 0; fi
  return 1
}

image_is_made_here() {
  [ "$(docker image inspect -f '{{index .Config.Labels "taskqueue.image"}}' "$image" 2>/dev/null)" = "${made_here#*=}" ]
}

no_image() {
  fail "the image $image can neither be pulled nor built here" \
    "Load it by hand: docker pull $image (or docker load -i FILE), and run this again," \
    "or name a RabbitMQ 4 that is already there: export TASKQUEUE_RABBITMQ=amqp://guest:guest@localhost:5672"
}

# Engines before 25 know an older API than Testcontainers asks for, and refuse its calls.
print_engine_env() {
  local api
  echo "export TASKQUEUE_RABBITMQ_IMAGE=$image"
  api=$(docker version --format '{{.Server.APIVersion}}')
  if [ "${api%%.*}" = 1 ] && [ "${api#*.}" -lt 44 ]; then echo "export DOCKER_API_VERSION=$api"; fi
  # Without a registry the clean-up container of Testcontainers cannot be had either. eng/test.sh cleans up then.
  if image_is_made_here; then
    echo "export TESTCONTAINERS_RYUK_DISABLED=true"
    echo "export TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1"
  fi
}

# --- addresses -----------------------------------------------------------------------------------------------------------

remember() {
  mkdir -p "$state_dir"
  umask 077   # it may hold a password
  printf '%s\n' "mode=$1" "host=$2" "amqp_port=$3" "url=$4" "management_url=$5" "image=$image" >"$state"
}

recall() { [ -r "$state" ] && sed -n "s|^$1=||p" "$state"; }

# AMQP's own greeting, since a published port takes connections before the broker behind it does.
speaks_amqp() {
  (
    exec 3<>"/dev/tcp/$1/$2" || exit 1
    printf 'AMQP\000\000\011\001' >&3
    within 5 head -c 1 <&3 | od -An -tu1 | grep -q '^ *1$'
  ) 2>/dev/null
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

# NAME usual-port: the port given by the variable NAME, a free one for 0, the usual one, or a free one where that is busy.
choose_port() {
  local wanted=${!1:-}
  case "$wanted" in
    '') if port_is_taken "$2"; then free_port; else echo "$2"; fi ;;
    0) free_port ;;
    *) if port_is_taken "$wanted"; then
         fail "port $wanted ($1) is in use on 127.0.0.1" "Name another one, or 0 for any free one: export $1=0"
       fi
       echo "$wanted" ;;
  esac
}

choose_ports() {
  TASKQUEUE_AMQP_PORT=$(choose_port TASKQUEUE_AMQP_PORT 5672)
  TASKQUEUE_MANAGEMENT_PORT=$(choose_port TASKQUEUE_MANAGEMENT_PORT 15672)
  TASKQUEUE_METRICS_PORT=$(choose_port TASKQUEUE_METRICS_PORT 15692)
  export TASKQUEUE_AMQP_PORT TASKQUEUE_MANAGEMENT_PORT TASKQUEUE_METRICS_PORT
  if [ "$TASKQUEUE_AMQP_PORT" != 5672 ]; then say "using port $TASKQUEUE_AMQP_PORT"; fi
}

remember_local() {
  remember "$1" 127.0.0.1 "$TASKQUEUE_AMQP_PORT" "amqp://guest:guest@127.0.0.1:$TASKQUEUE_AMQP_PORT" "http://127.0.0.1:$TASKQUEUE_MANAGEMENT_PORT"
}

wait_for_broker() {
  local _
  say "waiting for RabbitMQ"
  for _ in $(seq 1 120); do
    if speaks_amqp "$(recall host)" "$(recall amqp_port)"; then return 0; fi
    sleep 1
  done
  show_log >&2 || true
  fail "RabbitMQ did not answer at 127.0.0.1:$(recall amqp_port) within two minutes; its log is above" "eng/broker.sh stop, then start it again."
}

show_log() {
  case "$(recall mode)" in
    compose) compose logs --tail 30 rabbitmq ;;
    run) docker logs --tail 30 "$name" ;;
    chroot) tail -n 30 "$state_dir/rabbitmq.log" ;;
  esac
}

# --- the broker ----------------------------------------------------------------------------------------------------------

use_given_broker() {
  local rest=${TASKQUEUE_RABBITMQ#*://} host port=5672 shown
  case "$TASKQUEUE_RABBITMQ" in amqps://*) port=5671 ;; esac
  rest=${rest##*@}
  rest=${rest%%[/?]*}
  host=${rest%%:*}
  case "$rest" in *:*) port=${rest##*:} ;; esac
  shown="$host:$port"
  case "$TASKQUEUE_RABBITMQ" in
    amqp://*) speaks_amqp "$host" "$port" || fail "no RabbitMQ answers at $shown (TASKQUEUE_RABBITMQ)" "Start it, correct the variable, or unset it." ;;
    amqps://*) ;;
    *) fail "TASKQUEUE_RABBITMQ is not an AMQP address" "It looks like amqp://user:password@host:5672/vhost" ;;
  esac
  state="$state_dir/given"   # a broker that we started ourselves keeps its own, so that it can be stopped
  # The usual distance: 15672 is that of another broker where this one's port is not 5672.
  remember given "$host" "$port" "$TASKQUEUE_RABBITMQ" "${TASKQUEUE_RABBITMQ_MANAGEMENT:-http://$host:$((port + 10000))}"
  say "using the broker at $shown (TASKQUEUE_RABBITMQ)"
  [ -n "${TASKQUEUE_RABBITMQ_MANAGEMENT:-}" ] || say "its management is taken to be at port $((port + 10000)); TASKQUEUE_RABBITMQ_MANAGEMENT names another"
}

has_compose() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; }

compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose -p "$name" -f "$root/docker-compose.yml" "$@"
  else
    docker-compose -p "$name" -f "$root/docker-compose.yml" "$@"
  fi
}

# docker-compose.yml, word for word, where there is no Compose.
run_container() {
  docker rm -f "$name" >/dev/null 2>&1 || true
  docker run -d --name "$name" --hostname taskqueue \
    -p "127.0.0.1:$TASKQUEUE_AMQP_PORT:5672" -p "127.0.0.1:$TASKQUEUE_MANAGEMENT_PORT:15672" -p "127.0.0.1:$TASKQUEUE_METRICS_PORT:15692" \
    -v "${name}_rabbitmq-data:/var/lib/rabbitmq" \
    -v "$root/topology/rabbitmq.conf:/etc/rabbitmq/rabbitmq.conf:ro" \
    -v "$root/topology/advanced.config:/etc/rabbitmq/advanced.config:ro" \
    -v "$root/topology/enabled_plugins:/etc/rabbitmq/enabled_plugins:ro" \
    --health-cmd 'rabbitmq-diagnostics -q check_port_connectivity' --health-interval 10s --health-timeout 20s --health-retries 12 \
    "$image" >/dev/null
}

start_in_docker() {
  choose_ports
  if has_compose; then
    say "starting RabbitMQ with docker-compose.yml"
    compose up -d >&2 9>&-
    remember_local compose
  else
    say "starting RabbitMQ with docker run"
    run_container
    remember_local run
  fi
}

start_in_chroot() {
  is_debian_root || no_engine
  say "no Docker engine can run here: RabbitMQ runs under chroot instead"
  choose_ports
  stop_chroot
  if [ ! -x "$chroot_dir/usr/sbin/rabbitmq-server" ] || ! root_has_version "$chroot_dir"; then build_root "$chroot_dir" || no_image; fi
  cp "$root/topology/rabbitmq.conf" "$chroot_dir/etc/rabbitmq/rabbitmq.conf"
  cp "$root/topology/advanced.config" "$chroot_dir/etc/rabbitmq/advanced.config"
  echo '127.0.0.1 localhost' >"$chroot_dir/etc/hosts"   # Erlang looks for its own node by name
  printf '%s\n' 'management.tcp.ip = 127.0.0.1' "management.tcp.port = $TASKQUEUE_MANAGEMENT_PORT" \
    'prometheus.tcp.ip = 127.0.0.1' "prometheus.tcp.port = $TASKQUEUE_METRICS_PORT" >"$chroot_dir/etc/rabbitmq/conf.d/20-ports.conf"
  if ! grep -q " $chroot_dir/proc " /proc/mounts; then mount -t proc proc "$chroot_dir/proc" 2>/dev/null || true; fi
  chmod 755 "$state_dir" "$chroot_dir"
  setsid nohup chroot --userspec=rabbitmq:rabbitmq "$chroot_dir" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/var/lib/rabbitmq LANG=C.UTF-8 \
    RABBITMQ_NODENAME=taskqueue@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$TASKQUEUE_AMQP_PORT" \
    RABBITMQ_DIST_PORT="$(free_port)" ERL_EPMD_PORT="$(free_port)" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_LOGS=- \
    /usr/lib/rabbitmq/bin/rabbitmq-server >"$state_dir/rabbitmq.log" 2>&1 </dev/null 9>&- &
  remember_local chroot
}

# Ends what runs inside our own root file system, and nothing else.
stop_chroot() {
  local signal link process
  [ -d "$chroot_dir" ] || return 0
  for signal in TERM KILL; do
    for link in /proc/[0-9]*/root; do
      if [ "$(readlink "$link" 2>/dev/null || true)" = "$chroot_dir" ]; then
        process=${link#/proc/}
        kill "-$signal" "${process%/root}" 2>/dev/null || true
      fi
    done
    sleep 1
  done
  if grep -q " $chroot_dir/proc " /proc/mounts; then umount "$chroot_dir/proc" 2>/dev/null || true; fi
}

# A broker does not read the data of a later version, so another version starts afresh.
refuse_other_version() {
  local before
  before=$(recall image || true)
  if [ -n "$before" ] && [ "$before" != "$image" ]; then
    fail "a broker of the image $before was started before, $image is asked for" "End that one and delete its data: eng/broker.sh stop"
  fi
}

runs_already() {
  [ -n "$(recall url)" ] && speaks_amqp "$(recall host)" "$(recall amqp_port)"
}

print_addresses() {
  recall url
  recall management_url
}

start() {
  if [ -n "${TASKQUEUE_RABBITMQ:-}" ]; then
    use_given_broker
  elif refuse_other_version; runs_already; then
    say "RabbitMQ runs already"
  else
    if ensure_engine; then
      ensure_image || no_image
      start_in_docker
    else
      start_in_chroot
    fi
    wait_for_broker
  fi
  say "RabbitMQ answers at $(recall host):$(recall amqp_port), management at $(recall management_url)"
  print_addresses
}

stop() {
  case "$(recall mode)" in
    compose) compose down -v >&2 ;;
    run)
      docker rm -f -v "$name" >/dev/null
      docker volume rm "${name}_rabbitmq-data" >/dev/null 2>&1 || true ;;
    chroot) stop_chroot; rm -rf "$chroot_dir/var/lib/rabbitmq/mnesia" ;;
    *) say "no broker of ours runs" ;;
  esac
  rm -f "$state"
}

require_started() {
  if [ -n "${TASKQUEUE_RABBITMQ:-}" ]; then use_given_broker 2>/dev/null; fi
  [ -r "$state" ] || fail "no broker was started" "eng/broker.sh start"
}

print_env() {
  if [ -n "${TASKQUEUE_RABBITMQ:-}" ]; then
    if engine_answers; then print_engine_env; fi   # the tests then use that broker; a few start one more where they can
  elif ensure_engine; then
    ensure_image || no_image
    print_engine_env
  elif is_debian_root; then
    start >/dev/null
    printf 'export TASKQUEUE_RABBITMQ=%q\nexport TASKQUEUE_RABBITMQ_MANAGEMENT=%q\n' "$(recall url)" "$(recall management_url)"
  else
    no_engine
  fi
}

case "$verb" in
  start) take_turns; start ;;
  stop) take_turns; stop ;;
  status)
    require_started
    speaks_amqp "$(recall host)" "$(recall amqp_port)" || fail "no RabbitMQ answers at $(recall host):$(recall amqp_port)" "eng/broker.sh start"
    print_addresses ;;
  url) require_started; recall url ;;
  management-url) require_started; recall management_url ;;
  engine)
    take_turns
    ensure_engine || no_engine
    ensure_image || no_image
    say "the Docker engine answers and has $image" ;;
  env) take_turns; print_env ;;
  *) sed -n '2,/^set -/s/^#\( \|$\)//p' "${BASH_SOURCE[0]}" >&2; [ "$verb" = help ] ;;
esac
