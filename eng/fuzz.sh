#!/usr/bin/env bash
# Sends random hostile messages through the reading side of a worker, seed after seed, until the time is up or one fails: eng/fuzz.sh [--minutes 10]
# [--seed 1] [--broker]. Offline it takes a million messages for every eight seeds; with --broker also 5,000 for each eight through a real RabbitMQ
# (the one at TASKQUEUE_RABBITMQ, else one that it starts). A failure names its seed and message: run it again with that --seed.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=10 seed=1 broker=false
while (($#)); do
  case $1 in
    --minutes) minutes=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --broker) broker=true; shift ;;
    *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
  esac
done

run() { dotnet "tests/$1/bin/Release/net10.0/$1.dll" -noLogo -class "$2"; }

dotnet build tests/TaskQueue.RabbitMq.Tests -c Release -v q --nologo
if $broker; then
  dotnet build tests/TaskQueue.RabbitMq.IntegrationTests -c Release -v q --nologo
  [[ ${TASKQUEUE_RABBITMQ:-} ]] || eng/broker.sh start
  export TASKQUEUE_RABBITMQ=${TASKQUEUE_RABBITMQ:-$(eng/broker.sh url)} TASKQUEUE_FUZZ_BROKER_CASES=5000
fi

end=$((SECONDS + minutes * 60)) first=$seed
while ((SECONDS < end)); do
  echo "Seeds $seed to $((seed + 7)):"
  TASKQUEUE_FUZZ_SEED=$seed run TaskQueue.RabbitMq.Tests TaskQueue.RabbitMq.Tests.Hostile.HostileInputTests
  if $broker; then
    TASKQUEUE_FUZZ_SEED=$seed run TaskQueue.RabbitMq.IntegrationTests TaskQueue.RabbitMq.IntegrationTests.Hostile.FuzzTests
  fi
  seed=$((seed + 8))
done
echo "Seeds $first to $((seed - 1)): no failure."
