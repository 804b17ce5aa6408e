"""Constants that depend on the encoder: how scores are blended and how confidence is read from them.

Shipped as one JSON file an encoder fingerprint, each with its evidence; ``zhiku model fit`` writes
new ones, with the matrices of what reads vectors in ``.npz`` beside it. An encoder without a file gets the neutral constants, which say that nothing was ``fitted``.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from indexer.errors import IndexMismatch
from retriever.adapter import Adapter, adapter_in
from retriever.linear import FeatureModel, VectorModel
from retriever.wording import WordingModel


@dataclass(frozen=True, slots=True)
class Blend:
    """``lexical`` · BM25/Σidf + ``semantic`` · (cosine − ``floor``), and for the first candidates
    + ``met`` · met + ``back`` · back of their late interaction.
    """

    lexical: float
    semantic: float
    floor: float
    met: float = 0.0
    back: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of "the first item answers the question" over named features."""

    intercept: float
    weights: dict[str, float]
    threshold: float


WITH_ADAPTER: Final = ".with-adapter"
"""What the names of constants end with that were fitted with an adapter: it changes every score."""
_UNUSABLE: Final = (
    *(ValueError, TypeError, KeyError, AttributeError),  # what JSON of another form comes to
    *(EOFError, zipfile.BadZipFile, zlib.error),  # an archive that was cut or altered
)


DEFAULT_FACETS: Final[Mapping[str, float]] = {
    # on a scale of cosines, where an item's facets lie some .1 apart
    "asked_cosine": 12.0,
    "words_cosine": 12.0,
    "named": 1.0,
    "for_staff": -1.0,
}


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """What a second look makes of outcomes and confidence, read from the features of
    ``retriever.reconsidering``; it counts for the look of one taught model (``Taught.in_use``) alone.

    ``answered`` is a model of "some item answers the question" (its threshold is not used), ``calibration``
    of "the first one does".
    """

    taught: str
    answered: Calibration
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Constants:
    """Everything fitted for one encoder.

    ``facets`` weighs what speaks for a facet. ``outcomes`` tells the four outcomes apart by named
    features (absent: the rules decide), ``texts`` by the question's vector alone, and ``intents``
    the kinds of facet that a vector asks for; ``wording`` tells the outcomes apart by how a question is
    worded. ``adapter`` turns what is searched with; ``reconsidered`` has the last word on outcomes where a
    second look was taken.
    """

    fingerprint: str
    blend: Blend
    calibration: Calibration
    fitted: bool
    facets: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_FACETS))
    outcomes: FeatureModel | None = None
    texts: VectorModel | None = None
    intents: VectorModel | None = None
    wording: WordingModel | None = None
    adapter: Adapter | None = None
    reconsidered: Reconsidered | None = None

    def without_adapter(self) -> Constants:
        """The same, with questions searched as they are encoded."""
        return replace(self, adapter=None)

    @property
    def digest(self) -> str:
        """Tells two fits for one encoder apart, as 16 hex digits."""
        values = [self.blend, self.calibration, self.facets, self.outcomes, self.reconsidered]
        state = hashlib.blake2b(orjson.dumps(values, option=orjson.OPT_SORT_KEYS), digest_size=8)
        for model in (self.texts, self.intents, self.wording):
            if model is not None:
                state.update(model.weights.tobytes())
        if self.wording is not None:
            state.update("\n".join(self.wording.places).encode() + self.wording.idf.tobytes())
        if self.adapter is not None:
            state.update(self.adapter.change.tobytes())
        return state.hexdigest()

    def describe(self) -> dict[str, Any]:
        """What a report or a health check says of them."""
        return {
            "fitted": self.fitted,
            "fingerprint": self.fingerprint,
            # of the confidence that is shown
            "threshold": (self.reconsidered or self).calibration.threshold,
            "adapted": self.adapter is not None,
            "reconsidered": self.reconsidered.taught if self.reconsidered else "",
            "digest": self.digest,
        }


_NEUTRAL: Final = Constants(
    fingerprint="",
    # the recipe that was best or near best for every encoder tried, with cosines as they come
    blend=Blend(lexical=0.4, semantic=1.6, floor=0.0, met=1.5, back=0.6),
    calibration=Calibration(intercept=-3.0, weights={"score": 3.0}, threshold=0.5),
    fitted=False,
)

_STARTING: Final[Mapping[str, Blend]] = {
    # onnx:e5-small, whose cosines lie between .75 and 1
    "5ea748ce8dddc56a": Blend(lexical=0.3, semantic=4.0, floor=0.75, met=1.5, back=0.6),
    # join:onnx:bge-small-zh+onnx:e5-small: 4/3 · cosine of bge + 8/3 · (cosine of e5 − .75); of 1.8,
    # 2.4, 3.2 and 4.0 the best on train, though by less than chance explains
    "4d2739b5c5e5449b": Blend(lexical=0.4, semantic=4.0, floor=0.5, met=1.5, back=0.6),
}
"""Blends of encoders that come with the product and that nothing is fitted for yet."""


def parse(raw: bytes, matrices: Mapping[str, NDArray[Any]] | None = None) -> Constants:
    """Constants from their JSON form, and the matrices that lie beside it."""
    known: dict[str, Any] = orjson.loads(raw)
    outcomes, again = known.get("outcomes"), known.get("reconsidered")
    return Constants(
        fingerprint=known["fingerprint"],
        blend=Blend(**known["blend"]),
        calibration=Calibration(**known["calibration"]),
        fitted=True,
        facets=known.get("facets") or dict(DEFAULT_FACETS),
        outcomes=FeatureModel(**outcomes) if outcomes else None,
        reconsidered=Reconsidered(
            again["taught"],
            *(Calibration(**again[name]) for name in ("answered", "calibration")),
        )
        if again
        else None,
        texts=_vector_model("texts", matrices or {}),
        intents=_vector_model("intents", matrices or {}),
        wording=_wording_model(matrices or {}),
    )


def _vector_model(name: str, matrices: Mapping[str, NDArray[Any]]) -> VectorModel | None:
    if f"{name}_weights" not in matrices:
        return None
    return VectorModel(
        tuple(str(kind) for kind in matrices[f"{name}_classes"]),
        matrices[f"{name}_weights"].astype(np.float32),
        matrices[f"{name}_bias"].astype(np.float32),
    )


def _wording_model(matrices: Mapping[str, NDArray[Any]]) -> WordingModel | None:
    scores = _vector_model("wording", matrices)
    if scores is None:
        return None
    places = {str(run): place for place, run in enumerate(matrices["wording_runs"])}
    idf = matrices["wording_idf"].astype(np.float32)
    return WordingModel(scores.classes, places, idf, scores.weights, scores.bias)


def shipped_folder() -> Path:
    """Where the shipped constants lie."""
    return Path(str(resources.files("retriever"))) / "fitted"


def constants_for(
    fingerprint: str, folder: Path | None = None, item_ids: Collection[str] = ()
) -> Constants:
    """The constants fitted for an encoder: from ``folder`` if anything of it is there, else the shipped ones.

    With an adapter that knows the items of an index come the constants that were fitted with it. Read at
    every opening, so that a new fit counts from the next version on; ``IndexMismatch`` where a file
    cannot be used. Where there are none, a starting blend or the neutral one.
    """
    adapter: Adapter | None = None
    for place in (folder, shipped_folder()):
        if place is None:
            continue
        if adapter is None:
            adapter = adapter_in(place, fingerprint)
            if adapter is not None and not adapter.knows(item_ids):
                adapter = None
        for stem in ([f"{fingerprint}{WITH_ADAPTER}"] if adapter else []) + [fingerprint]:
            if (path := place / f"{stem}.json").is_file():
                return replace(_read(path), adapter=adapter)
    blend = _STARTING.get(fingerprint, _NEUTRAL.blend)
    return replace(_NEUTRAL, blend=blend, adapter=adapter)


def _read(path: Path) -> Constants:
    try:
        return _whole(parse(path.read_bytes(), _matrices(path.with_suffix(".npz"))))
    except _UNUSABLE as error:
        raise IndexMismatch(
            f"拟合常数无法使用：{path}（{error}）；请运行 zhiku model fit 重新拟合"
        ) from error


def _whole(known: Constants) -> Constants:
    """``known``; ``ValueError`` where something was learned with a matrix that is not beside it: every
    outcome would be another one, and nothing would say so.
    """
    outcomes = known.outcomes.weights.values() if known.outcomes else ()
    read = {name for weights in (known.calibration.weights, *outcomes) for name in weights}
    no_texts = known.outcomes is not None and known.texts is None
    told = {f"words_{kind}" for kind in known.wording.classes} if known.wording else set()
    if no_texts or not {name for name in read if name.startswith("words_")} <= told:
        raise ValueError("旁边没有它的 .npz 矩阵文件，或缺了其中几个矩阵")
    return known


def _matrices(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        return {}
    # opened here: NumPy leaves a file that is no archive open
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
