"""An encoder adapted to one knowledge base: how its questions are turned before they are searched with.

Nothing that is indexed changes. ``zhiku model adapt`` learns and measures adapters; they lie beside the
constants, as ``<fingerprint>.adapter.npz`` with what they rest on as ``<fingerprint>.adapter.json``.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.errors import IndexMismatch

_SUFFIX: Final = ".adapter.npz"
_KNOWN_FROM: Final = 0.5
"""Of an index's items, the share that an adapter has to know: it turns questions towards what its own
knowledge calls things, and elsewhere costs a little (afqmc −1.1 points, lcqmc −.3)."""
_UNUSABLE: Final = (
    *(OSError, ValueError, TypeError, KeyError, EOFError),
    *(zipfile.BadZipFile, zlib.error),  # an archive that was cut or altered
)


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    """``change`` (dim, dim) is what a question's vector q is turned by: (q + change · q), of length one.

    A passage p then has the cosine of q and p with a learned bilinear form added. ``items`` are the
    ids that it learned to tell apart, ``questions`` those of the train questions that taught it.
    """

    change: NDArray[np.float32]
    items: frozenset[str]
    questions: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.change.ndim != 2 or self.change.shape[0] != self.change.shape[1]:
            raise ValueError(f"the change is {self.change.shape}, not square")
        if not np.isfinite(self.change).all():
            raise ValueError("the change is not finite")

    def turned(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """``vector`` (dim,) as it is searched with; itself where nothing of it would be left."""
        turned: NDArray[np.float32] = vector + self.change @ vector
        length = np.float32(np.linalg.norm(turned))
        return np.divide(turned, length, dtype=np.float32) if length > 0.0 else vector

    def knows(self, item_ids: Collection[str]) -> bool:
        """Whether this is the knowledge that it learned: at least half of the items.

        >>> Adapter(np.zeros((2, 2), dtype=np.float32), frozenset("ab")).knows(["a", "c"])
        True
        """
        known = sum(item_id in self.items for item_id in item_ids)
        return known >= _KNOWN_FROM * len(item_ids) and known > 0

    def write(self, folder: Path, fingerprint: str) -> Path:
        """Writes the file that ``adapter_in`` reads, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{fingerprint}{_SUFFIX}"
        beside = path.with_name(
            f".{path.name}"
        )  # an index that is being opened reads the one before
        with beside.open("wb") as file:
            np.savez_compressed(
                file,
                change=self.change.astype(np.float16),
                items=np.array(sorted(self.items), dtype=np.str_),
                questions=np.array(sorted(self.questions), dtype=np.str_),
            )
        beside.replace(path)
        return path


def adapter_in(folder: Path, fingerprint: str) -> Adapter | None:
    """The adapter of an encoder that lies in a folder.

    ``IndexMismatch`` where its file cannot be used: without it, ranking would be another one and
    nothing would say so.
    """
    path = folder / f"{fingerprint}{_SUFFIX}"
    if not path.is_file():
        return None
    try:
        # opened here: NumPy leaves a file that is no archive open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            names = {kind: frozenset(archive[kind].tolist()) for kind in ("items", "questions")}
            return Adapter(archive["change"].astype(np.float32), **names)
    except _UNUSABLE as error:
        raise IndexMismatch(
            f"适配矩阵无法使用：{path}（{error}）；请运行 zhiku model adapt 重新训练，或删除这个文件"
        ) from error
