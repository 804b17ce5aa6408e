"""A process that imports, for tests that need a second one: ``python -m tests.store.importer``.

It says "ready" after ``pause_after`` items and goes on when a line comes in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from corpora.store import Store
from corpora.types import KnowledgeItem
from tests.store.builders import NOW, Parts, make_items


def wait_for_the_test() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def slow(count: int, title: str, pause_after: int) -> Iterator[KnowledgeItem]:
    for number, item in enumerate(make_items(count, title)):
        if number == pause_after:
            wait_for_the_test()
        yield item


def main(url: str, title: str, count: int, pause_after: int) -> None:
    if pause_after < 0:
        wait_for_the_test()
    with Store.open(url) as store:
        items = slow(count, title, pause_after)
        store.import_knowledge(Parts(items), author=title, recorded_at=NOW)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
