"""What a model was taught about one knowledge base: to read a question beside each facet.

``zhiku model teach`` trains it; it lies beside the shipped constants or in the folder of an operator's
own, as ``<fingerprint of the encoder>.taught.npz``. It is the encoder's model with other weights in its layers, a
projection of its tokens, and a few numbers that say how its findings count (Khattab & Zaharia 2020, ColBERT,
whose late interaction it learns). Nothing that is indexed changes.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indexer.errors import IndexMismatch

_SUFFIX: Final = ".taught.npz"
_VALUE: Final = "value/"
_KNOWN_FROM: Final = 0.5
"""Of an index's items, the share that it has to know, as for adapters."""
_UNUSABLE: Final = (
    *(OSError, ValueError, TypeError, KeyError, EOFError),
    *(zipfile.BadZipFile, zlib.error),  # an archive that was cut or altered
)


@dataclass(frozen=True, slots=True)
class Joined:
    """How what it reads counts beside what was found without it.

    Scores of items move by ``share`` · (ln mass of an item's facets − that of the best), at most by
    ``most``; a facet's score counts ``facet`` times beside its other features. Both together are surer
    than they are right: chances of facets are shares by ``calm`` times their scores.
    """

    share: float = 0.1
    most: float = 0.5
    facet: float = 0.6
    calm: float = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """``values`` stand for the encoder's own under their names. ``projection`` (token_dim, dim) turns the
    states of tokens into what meets; ``met`` and ``cosine`` weigh late interaction and the cosine of the
    first states; a question's own first state times ``nothing`` (dim,), plus ``nothing_bias``, is the score of
    "nothing answers this". ``items`` are the ids that it was taught, ``questions`` the ids of the labelled questions.
    """

    values: Mapping[str, NDArray[Any]]
    projection: NDArray[np.float32]
    met: float
    cosine: float
    nothing: NDArray[np.float32]
    nothing_bias: float
    joined: Joined
    items: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    digest: str = field(default="", init=False)

    def __post_init__(self) -> None:
        if self.projection.ndim != 2 or not np.isfinite(self.projection).all():
            raise ValueError(f"the projection is no finite matrix: {self.projection.shape}")
        width = self.projection.shape[1]
        if self.nothing.shape != (width,) or not np.isfinite(self.nothing).all():
            raise ValueError(f"{width} finite weights of a first state, not {self.nothing.shape}")
        state = hashlib.blake2b(digest_size=8)
        for name in sorted(self.values):
            state.update(name.encode() + np.ascontiguousarray(self.values[name]).tobytes())
        state.update(self.projection.tobytes())
        object.__setattr__(self, "digest", state.hexdigest())

    @property
    def in_use(self) -> str:
        """Tells apart what ranks or decides differently, as 16 hex digits: ``digest``, which is of what reads
        facets, with how findings count and what reads that nothing answers.
        """
        state = hashlib.blake2b(f"{self.digest} {self._numbers}".encode(), digest_size=8)
        state.update(self.nothing.tobytes())
        return state.hexdigest()

    @property
    def _numbers(self) -> list[float]:
        return [self.met, self.cosine, self.nothing_bias, *astuple(self.joined)]

    def write(self, folder: Path, fingerprint: str) -> Path:
        """Writes the file that ``taught_in`` reads, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{fingerprint}{_SUFFIX}"
        beside = path.with_name(f".{path.name}")
        values: dict[str, Any] = {f"{_VALUE}{name}": one for name, one in self.values.items()}
        with beside.open("wb") as file:
            np.savez_compressed(
                file,
                **values,
                projection=self.projection,
                nothing=self.nothing,
                numbers=np.array(self._numbers, dtype=np.float64),
                items=np.array(sorted(self.items), dtype=np.str_),
                questions=np.array(sorted(self.questions), dtype=np.str_),
            )
        beside.replace(path)
        return path


def shipped_taught() -> Path:
    """Where what ships lies."""
    return Path(str(resources.files("indexer"))) / "fitted"


def taught_for(fingerprint: str, folder: Path | None, item_ids: Collection[str]) -> Taught | None:
    """What an encoder was taught about these items: from ``folder`` if it lies there, else what ships."""
    for place in (folder, shipped_taught()):
        found = taught_in(place, fingerprint, item_ids) if place is not None else None
        if found is not None:
            return found
    return None


def taught_in(folder: Path, fingerprint: str, item_ids: Collection[str]) -> Taught | None:
    """What lies in a folder for an encoder, if it knows the items: at least half of them.

    ``IndexMismatch`` where the file cannot be used: without it, ranking would be another one and nothing
    would say so.
    """
    path = folder / f"{fingerprint}{_SUFFIX}"
    if not path.is_file():
        return None
    try:
        # opened here: NumPy leaves a file that is no archive open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            items = frozenset(archive["items"].tolist())
            known = sum(item_id in items for item_id in item_ids)
            if not known or known < _KNOWN_FROM * len(item_ids):
                return None
            met, cosine, nothing_bias, *joined = archive["numbers"].tolist()
            return Taught(
                values={
                    name.removeprefix(_VALUE): archive[name]
                    for name in archive.files
                    if name.startswith(_VALUE)
                },
                projection=archive["projection"],
                met=met,
                cosine=cosine,
                nothing=archive["nothing"],
                nothing_bias=nothing_bias,
                joined=Joined(*joined),
                items=items,
                questions=frozenset(archive["questions"].tolist()),
            )
    except _UNUSABLE as error:
        raise IndexMismatch(
            f"读题模型无法使用：{path}（{error}）；请运行 zhiku model teach 重新训练，或删除这个文件"
        ) from error
