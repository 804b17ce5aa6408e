"""A process that imports a table and is killed (SIGKILL) when a step has got as far as it was told.

``python -m tests.indexer.doomed_import STORE_URL SOURCE STEP COUNT``
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from pathlib import Path

from corpora.incoming import Parts, receive
from corpora.sheets.cleaner import Cleaner
from corpora.standing import Standing
from corpora.store import Store


def main(url: str, source: str, step: str, count: str) -> None:
    def told(name: str, done: int, total: int | None) -> None:
        if name == step and done >= int(count):
            os.kill(os.getpid(), signal.SIGKILL)

    with Standing.open(url) as standing, Store.open(url) as store:
        incoming = receive(
            Path(source), standing, cleaner=Cleaner(), propose=None, publish=True, told=told
        )
        now = dt.datetime.now().astimezone()
        store.import_knowledge(Parts(incoming, told), author="test", recorded_at=now)


if __name__ == "__main__":
    main(*sys.argv[1:])
