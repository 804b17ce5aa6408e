"""Times as percentiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

_SHOWN: Final = (50, 95, 99)


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99, by linear interpolation; zeros where nothing was timed.

    >>> percentiles([1.0, 2.0, 3.0])["p50"]
    2.0
    """
    if not milliseconds:
        return {f"p{share}": 0.0 for share in _SHOWN}
    found = np.percentile(np.asarray(milliseconds), _SHOWN)
    return {f"p{share}": round(float(v), 3) for share, v in zip(_SHOWN, found, strict=True)}
