"""Another process that holds an index for writing, as a builder that is at work does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_REPOSITORY: Final = Path(__file__).parents[2]


@contextmanager
def holding(enter: str, place: str) -> Iterator[subprocess.Popen[str]]:
    """The process, after it has entered what ``enter`` ends with: ``with …(place)`` and a colon.

    It lets go when the block ends, if it was not killed before.
    """
    program = f"import sys\nplace = sys.argv[1]\n{enter}\n    print('held', flush=True); sys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", program, place],
        cwd=_REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.communicate("")
