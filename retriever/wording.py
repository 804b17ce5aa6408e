"""What the wording of a question alone tells: its runs of characters, weighed. What is learned is read
here with NumPy alone.

A vector says what a question is about; how it is asked (a brand of somebody else, 会不会, 咋没人管) is
in runs of two or three characters, and a vector of a small encoder keeps little of that. Which amount
is named is not read: whether there is a 199元 plan, only the knowledge can say. What is written with
letters (kdts3, e3051), 0000 and five digits such as 10086 are words like any others. Without a unit an
amount cannot be told from a name: 110 and iphone 15 are hidden, too, and 1000 to 1999 are not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.normalize import UNITS
from retriever.linear import log_softmax

_LONGEST: Final = 3  # characters
_MASK: Final = "№"  # stands in no normalised text
_AMOUNT: Final = re.compile(
    # no part of a command or a model (kdts3, e3051, *21*), no network (5gb is how 5G is spelled, too) and
    # no service code, although a person follows it (0000, 10086人工, 12345)
    r"(?<![a-z0-9#*.])(?![2-6]gb|0[0-9]{3}|1[0-2][0-9]{3}(?![0-9元]))"
    # a number before a unit, or one as plans are called by (畅享199, 59套餐, 宽带2000)
    rf"(?:[0-9]+(?:\.[0-9]+)?(?= ?(?:{UNITS}))|(?:[1-9][0-9]{{1,2}}|[2-9][0-9]{{3}})(?![a-z0-9#*.]))"
)


@dataclass(frozen=True, slots=True, eq=False)
class WordingModel:
    """Classes told apart by runs of characters: ``places`` has each run's column of ``idf`` (runs,)
    and ``weights`` (classes, runs), ``bias`` is (classes,); ``ValueError`` where they do not fit or are
    no numbers.
    """

    classes: tuple[str, ...]
    places: Mapping[str, int]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __post_init__(self) -> None:
        classes, runs = len(self.classes), len(self.places)
        found = self.weights.shape, self.idf.shape, self.bias.shape
        if found != ((classes, runs), (runs,), (classes,)):
            raise ValueError(f"wording: {classes} classes, {runs} runs, but {found}")
        if len(set(self.classes)) < classes:
            raise ValueError(f"wording: a class twice among {self.classes}")
        if not all(np.isfinite(part).all() for part in (self.idf, self.weights, self.bias)):
            raise ValueError("wording: a weight that is no number")

    def log_probabilities(self, text: str) -> dict[str, float]:
        """ln P(class) for a normalised text."""
        columns, values = weighed(text, self.places, self.idf)
        scores = (self.weights[:, columns] @ values + self.bias).astype(float).tolist()
        return dict(zip(self.classes, log_softmax(scores), strict=True))


def masked(text: str) -> str:
    """A normalised text without its amounts.

    >>> masked("畅享199和59元的套餐发0000到10086")
    '畅享№和№元的套餐发0000到10086'
    """
    return _AMOUNT.sub(_MASK, text)


def runs_of(text: str) -> Counter[str]:
    """The runs of one to three characters of a text, each with how often it stands there; an amount
    of any length is one character.

    >>> sorted(runs_of("咋退 a"))
    [' ', ' a', 'a', '咋', '咋退', '咋退 ', '退', '退 ', '退 a']
    >>> sorted(runs_of("199元"))
    ['№', '№元', '元']
    """
    text = masked(" ".join(text.split()))
    return Counter(
        text[start : start + length]
        for length in range(1, _LONGEST + 1)
        for start in range(len(text) - length + 1)
    )


def weighed(
    text: str, places: Mapping[str, int], idf: NDArray[np.float32]
) -> tuple[list[int], NDArray[np.float32]]:
    """The columns of a text's known runs and their weights, (1 + ln n) · idf, of length one (TF–IDF,
    Salton & Buckley 1988); a text without a known run has none.
    """
    known = {place: n for run, n in runs_of(text).items() if (place := places.get(run)) is not None}
    columns = list(known)
    counts = np.array(list(known.values()), dtype=np.float32)
    values = (1.0 + np.log(counts)) * idf[columns]
    length = float(np.linalg.norm(values))
    return columns, (values / length if length > 0.0 else values).astype(np.float32)
