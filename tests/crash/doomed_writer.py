"""A process whose children stage and publish in a loop until they are killed.

It reads orders from standard input, one a line: ``after SECONDS`` kills the child from outside,
``at EVENT N`` lets it kill itself at its Nth audit event of that name (os.rename, os.link, …).
For each it prints how the child ended. Only the children start engines, so forking is safe.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import time
from pathlib import Path

from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.backends.protocol import StagedContent
from tests.builders import make_content, make_item, make_mixed_release, make_release

START = dt.datetime(2026, 3, 1)
MIXED = make_mixed_release(10).item_versions
LOG = "published.log"
MARKER = "版本"


def content_at(number: int) -> StagedContent:
    """Content whose marker item says when it was created; most libraries never change."""
    created_at = (START + dt.timedelta(seconds=number)).isoformat()
    marker = make_item("marker", f"{MARKER} {created_at}")
    return make_content(make_release(*MIXED, marker), created_at=created_at)


def publish_for_ever(root: Path, number: int) -> None:
    writer = EmbeddedWriter(root, flat_up_to=50)
    with (root / LOG).open("a", encoding="utf-8") as log:
        while True:
            number += 1
            version = writer.stage(content_at(number))
            writer.publish(version)
            log.write(version + "\n")
            log.flush()


def die_at(event: str, count: int) -> None:
    left = count

    def hook(name: str, _: tuple[object, ...]) -> None:
        nonlocal left
        if name == event:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main(root: Path) -> None:
    content_at(0)  # dictionaries are loaded once, before the first fork
    for round_number, line in enumerate(sys.stdin):
        kind, *rest = line.split()
        child = os.fork()
        if child == 0:
            if kind == "at":
                die_at(rest[0], int(rest[1]))
            publish_for_ever(root, 1000 * (round_number + 1))
        if kind == "after":
            time.sleep(float(rest[0]))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{-os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
