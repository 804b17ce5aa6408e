"""Where an index lives: its URL chooses the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from indexer.errors import UnknownIndexUrl

_FILE: Final = "file:"


def index_folder(url: str) -> Path:
    """The folder of an embedded index; ``UnknownIndexUrl`` names the forms that are understood.

    >>> index_folder("file:var/index").as_posix()
    'var/index'
    """
    if not url.startswith(_FILE) or len(url) == len(_FILE):
        raise UnknownIndexUrl(f"索引地址 {url!r} 无法识别；请用 file:目录，例如 file:var/index")
    path = url.removeprefix(_FILE)
    return Path(path.removeprefix("//") if path.startswith("///") else path)
