"""A process whose children deliver the outbox until they are killed.

It reads orders from standard input: ``go`` forks a worker and prints its process id, ``end`` waits for
it. Only the children open databases and gateways, so forking is safe.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import threading

from api.push.gateways.opened import open_gateway
from api.push.number import NumberHash
from api.push.policy import Policy
from api.push.reports import Reports
from api.push.worker import Worker
from corpora.migrations import open_database

SECRET = "a secret of trials only"
SIGNATURE = "示例移动"


def deliver(database: str, gateway_url: str, lease: float) -> None:
    engine = open_database(database, create=False)
    reports = Reports(engine, Policy(), NumberHash(SECRET), SIGNATURE)

    def received(report: object) -> None:
        reports.take(report)  # type: ignore[arg-type]

    gateway = open_gateway(gateway_url, received=received, timeout=lease / 2)
    worker = Worker(
        engine,
        gateway,
        Policy(),
        name=f"doomed:{os.getpid()}",
        clock=lambda: dt.datetime.now(dt.UTC),
        lease=dt.timedelta(seconds=lease),
    )
    worker.run(threading.Event())


def main(database: str, gateway_url: str, lease: float) -> None:
    child = 0
    for order in sys.stdin:
        if order.strip() == "go":
            child = os.fork()
            if child == 0:
                try:
                    deliver(database, gateway_url, lease)
                finally:
                    os._exit(1)
            sys.stdout.write(f"{child}\n")
        else:
            _, status = os.waitpid(child, 0)
            sys.stdout.write(f"{-os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
