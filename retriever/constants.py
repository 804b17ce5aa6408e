"""Constants that depend on the encoder: how scores are blended and how confidence is read from them.

Shipped as one JSON file an encoder fingerprint, each with its evidence; ``zhiku model fit`` writes
new ones. An encoder without a file gets the neutral constants, which say that nothing was ``fitted``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import orjson

from indexer.errors import IndexMismatch


@dataclass(frozen=True, slots=True)
class Blend:
    """``lexical`` · BM25/Σidf + ``semantic`` · (cosine − ``floor``), and for the first candidates
    + ``met`` · (met + ``worst`` · worst) + ``back`` · back of their late interaction.
    """

    lexical: float
    semantic: float
    floor: float
    met: float = 0.0
    worst: float = 0.0
    back: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of "the first item answers the question" over named features."""

    intercept: float
    weights: dict[str, float]
    threshold: float


@dataclass(frozen=True, slots=True)
class Constants:
    """Everything fitted for one encoder."""

    fingerprint: str
    blend: Blend
    calibration: Calibration
    fitted: bool

    @property
    def digest(self) -> str:
        """Tells two fits for one encoder apart, as 16 hex digits."""
        values = orjson.dumps((self.blend, self.calibration), option=orjson.OPT_SORT_KEYS)
        return hashlib.blake2b(values, digest_size=8).hexdigest()

    def describe(self) -> dict[str, Any]:
        """What a report or a health check says of them."""
        return {
            "fitted": self.fitted,
            "fingerprint": self.fingerprint,
            "threshold": self.calibration.threshold,
            "digest": self.digest,
        }


_NEUTRAL: Final = Constants(
    fingerprint="",
    # the recipe that was best or near best for every encoder tried, with cosines as they come
    blend=Blend(lexical=0.5, semantic=1.6, floor=0.0, met=1.0, worst=0.15, back=0.45),
    calibration=Calibration(intercept=-3.0, weights={"score": 3.0}, threshold=0.5),
    fitted=False,
)


def parse(raw: bytes) -> Constants:
    """Constants from their JSON form."""
    known: dict[str, Any] = orjson.loads(raw)
    return Constants(
        fingerprint=known["fingerprint"],
        blend=Blend(**known["blend"]),
        calibration=Calibration(**known["calibration"]),
        fitted=True,
    )


def shipped_folder() -> Path:
    """Where the shipped constants lie."""
    return Path(str(resources.files("retriever"))) / "fitted"


def constants_for(fingerprint: str, folder: Path | None = None) -> Constants:
    """The constants fitted for an encoder: from ``folder`` if they are there, else the shipped ones.

    Read at every opening, so that a new fit counts from the next version on; ``IndexMismatch`` where
    the file cannot be used.
    """
    for place in (folder, shipped_folder()):
        path = place / f"{fingerprint}.json" if place else None
        if path and path.is_file():
            try:
                return parse(path.read_bytes())
            except (ValueError, TypeError, KeyError) as error:
                raise IndexMismatch(
                    f"拟合常数无法使用：{path}（{error}）；请运行 zhiku model fit 重新拟合"
                ) from error
    return _NEUTRAL
