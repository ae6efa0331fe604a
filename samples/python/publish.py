#!/usr/bin/env python3
"""Publishes one `greet` task from Python: confirmed, mandatory, persistent.

Usage: publish.py AMQP_URL NAME

Needs pika ('apt-get install python3-pika', then /usr/bin/python3; or 'pip install pika'), and a worker with a handler for
`record Greet(string Name)` must have run once, so that the task has a queue. With another prefix the exchange is `<prefix>.tasks`.
"""
import json
import sys
import time
import uuid

import pika


def main(url: str, name: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()  # basic_publish now raises on a nack or a return
    channel.basic_publish(
        exchange="tq.tasks",
        routing_key="greet.normal",
        body=json.dumps({"Name": name}).encode(),
        properties=pika.BasicProperties(
            message_id=str(uuid.uuid4()),
            type="greet",
            content_type="application/json",
            delivery_mode=2,
            priority=4,
            timestamp=int(time.time()),
        ),
        mandatory=True,
    )
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
