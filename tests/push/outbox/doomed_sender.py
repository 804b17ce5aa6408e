"""A process that stores messages with many threads and tells of each one that was acknowledged.

It is killed; what it told must be there. Arguments: the database's address, and a word for its keys.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from api.push.sending import Accepted, Sending
from corpora.migrations import open_database
from tests.push.outbox.builders import HASHED, NOON, POLICY
from tests.push.outbox.test_many import NOTICE, SIGNATURE, OneDish, request

_CALLERS = 12


def main(url: str, word: str) -> None:
    sending = Sending(open_database(url, create=True), POLICY, HASHED, SIGNATURE)

    def ask_for_ever(caller: int) -> None:
        for n in range(1_000_000):
            key = f"{word}-{caller}-{n}"
            found = sending.send(OneDish(NOTICE).kitchen, request(key), "tests", NOON)
            assert isinstance(found, Accepted)
            os.write(1, f"{key} {found.message_id}\n".encode())  # a whole line, at once

    with ThreadPoolExecutor(_CALLERS) as pool:
        list(pool.map(ask_for_ever, range(_CALLERS)))


if __name__ == "__main__":
    main(*sys.argv[1:])
