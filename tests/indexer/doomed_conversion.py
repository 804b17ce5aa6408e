"""A process that opens e5-small for the first time and is killed (SIGKILL) half-way.

``python -m tests.indexer.doomed_conversion MODELS {graph,tokenizer,rename}``: when the graph, the
tokenizer or the first of both files in its place has been written.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from indexer.encoders.catalog import E5, open_encoder

STAGES = ("graph", "tokenizer", "rename")


def die_after(kind: type[Path], method: str, name: str, folder: str) -> None:
    """Replaces a method of paths by one that is the last thing that the process does to ``name``."""
    real = getattr(kind, method)

    def doomed(path: Path, *arguments: Any) -> Any:
        done = real(path, *arguments)
        if path.name == name and path.parent.name == folder:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(kind, method, doomed)


def main(models: str, stage: str) -> None:
    place = {
        "graph": ("write_bytes", "model.onnx", "in"),
        "tokenizer": ("write_bytes", "tokenizer.json", "in"),
        "rename": ("replace", "model.onnx", "out"),
    }[stage]
    die_after(type(Path()), *place)
    open_encoder(E5, Path(models))


if __name__ == "__main__":
    main(*sys.argv[1:])
