"""A process whose children build and publish on a cluster until they kill themselves.

It reads orders from standard input, one a line: ``NUMBER REQUESTS before|after`` builds that version
and dies at its request of that number, before it was sent or after it was answered. For each it
prints the signal that ended the child, or 0 where fewer requests were made. Only the children talk
to the cluster, so forking is safe.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any, Final

from elastic_transport import Transport

from indexer.backends.elastic import lease
from indexer.backends.elastic.place import ElasticPlace
from indexer.location import ClusterSettings
from tests.crash.doomed_writer import content_at

LEASE: Final = 1.5  # seconds: who builds next would have to wait longer than a test may


def die_at(request: int, *, after: bool) -> None:
    left = request
    perform = Transport.perform_request

    def counted(self: Transport, *args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if threading.current_thread() is not threading.main_thread():
            return perform(self, *args, **kwargs)  # a renewal of the lease: it comes at any time
        left -= 1
        if left == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = perform(self, *args, **kwargs)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    Transport.perform_request = counted  # type: ignore[method-assign]


def build(url: str, number: int) -> None:
    lease.LEASE, lease._RENEWED = LEASE, LEASE / 4  # type: ignore[misc]
    writer = ElasticPlace(url, ClusterSettings(timeout=60.0)).writer()
    writer.publish(writer.stage(content_at(number)))


def main(url: str) -> None:
    content_at(0)  # dictionaries are loaded once, before the first fork
    for line in sys.stdin:
        number, request, when = line.split()
        time.sleep(LEASE)  # that of a child killed before
        child = os.fork()
        if child == 0:
            die_at(int(request), after=when == "after")
            build(url, int(number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{-os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
