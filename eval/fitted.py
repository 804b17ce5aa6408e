"""Constants with what they rest on, as the files that ``retriever.constants`` reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from retriever.constants import WITH_ADAPTER, Blend, Calibration, Constants
from retriever.linear import VectorModel
from retriever.wording import WordingModel


@dataclass(frozen=True, slots=True)
class Fitted:
    """Constants with what they rest on, in the form that ``retriever.constants`` reads."""

    constants: Constants
    evidence: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """That of the encoder."""
        return self.constants.fingerprint

    @property
    def blend(self) -> Blend:
        """How scores are blended."""
        return self.constants.blend

    @property
    def calibration(self) -> Calibration:
        """How confidence is read."""
        return self.constants.calibration

    def to_json(self) -> dict[str, Any]:
        """The document of ``<fingerprint>.json``."""
        known = self.constants
        return {
            "fingerprint": known.fingerprint,
            "blend": asdict(known.blend),
            "calibration": asdict(known.calibration),
            "facets": dict(known.facets),
            "outcomes": asdict(known.outcomes) if known.outcomes else None,
            "reconsidered": asdict(known.reconsidered) if known.reconsidered else None,
            "evidence": self.evidence,
        }

    def write(self, folder: Path) -> Path:
        """Writes the document under the encoder's fingerprint, and the matrices beside it; what was
        fitted with an adapter apart from what was fitted without.
        """
        folder.mkdir(parents=True, exist_ok=True)
        ending = WITH_ADAPTER if self.constants.adapter is not None else ""
        path = folder / f"{self.fingerprint}{ending}.json"
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        path.write_bytes(orjson.dumps(self.to_json(), option=options) + b"\n")
        wording = self.constants.wording
        models: dict[str, VectorModel | WordingModel | None] = {
            "texts": self.constants.texts,
            "intents": self.constants.intents,
            "wording": wording,
        }
        matrices: dict[str, Any] = {}
        for name, model in models.items():
            if model is not None:
                matrices[f"{name}_classes"] = np.array(model.classes)
                matrices[f"{name}_weights"] = model.weights.astype(np.float16)
                matrices[f"{name}_bias"] = model.bias
        if wording is not None:
            matrices["wording_runs"] = np.array(list(wording.places))
            matrices["wording_idf"] = wording.idf
        beside = path.with_suffix(".npz")
        if matrices:
            np.savez_compressed(beside, **matrices)
        else:
            beside.unlink(missing_ok=True)  # those of an earlier fit would be read with this one
        return path
