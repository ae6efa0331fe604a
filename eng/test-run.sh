# Sourced by the scripts that run tests in containers: eng/test.sh, eng/soak.sh, eng/effects.sh.
# A run that was killed, or a machine without Testcontainers' own clean-up, leaves containers behind: all of one run have its label.
# Written for bash 3.2 (macOS).

# What Testcontainers says is not about tests.
testcontainers='^[[]testcontainers|^  (Host|Server Version|Kernel Version|API Version|Operating System|Total Memory): '

# [PREFIX]: names this run, and has its containers removed at its end.
begin_test_run() {
  TASKQUEUE_TEST_RUN="${1:-}$$-$(date +%s)"
  export TASKQUEUE_TEST_RUN
  trap remove_containers EXIT
}

remove_containers() {
  local left
  left=$(docker ps -aq --filter "label=taskqueue.test-run=$TASKQUEUE_TEST_RUN" 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # one word for each container
  if [ -n "$left" ]; then docker rm -f -v $left >/dev/null 2>&1 || true; fi
  docker network prune -f --filter "label=taskqueue.test-run=$TASKQUEUE_TEST_RUN" >/dev/null 2>&1 || true
}
