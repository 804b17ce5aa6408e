"""``zhiku`` without the seconds that it takes to load: a process that has loaded everything forks a
child for each command. The child has a folder, an environment and output files of its own; what it
runs is what the command runs.

Orders come on standard input, one line of JSON each; each is answered by the child's exit status.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import zhiku

LOADED = (
    *("corpora.incoming", "corpora.loader", "corpora.store", "corpora.sheets.reading"),
    *("indexer.publish", "retriever.opening", "retriever.push", "api.app", "openpyxl", "uvicorn"),
    *("eval.run", "eval.systems.index"),
)


def obey(order: dict[str, Any]) -> NoReturn:
    """Runs one command in this process and ends it."""
    for name, number in (("out", 1), ("err", 2)):
        file = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    sys.argv[:] = [str(Path(zhiku.__file__)), *order["arguments"]]
    status = 1
    try:
        zhiku.main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:  # noqa: BLE001 as the interpreter would end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    for name in LOADED:
        __import__(name)
    answers = os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDONLY)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(nothing, 0)
            obey(json.loads(line))
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    main()
