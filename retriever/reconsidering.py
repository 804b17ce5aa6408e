"""What a second look says of a question as a whole: how likely each outcome is, seen again.

What was learned of outcomes reads pages as they were found. Whether any facet reads like an answer, and
how much the first item's do so more than all others, is known only after the look. Pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from retriever.answer import Outcome
from retriever.retriever import ResultPage
from retriever.taught import Look, mass

_ANSWERED: Final = Outcome.ANSWERED.value
_DIGITS: Final = 12
_LEAST: Final = 1e-6  # a chance below it says no more
_MOST_LEAD: Final = 0.5  # of scores, as where nothing but the first item was found
_MOST_READ_LEAD: Final = 10.0


def looked_features(
    page: ResultPage, look: Look, chances: Mapping[str, float], sure: float
) -> dict[str, float]:
    """What outcomes and confidence are read from anew.

    ``found_…`` is ln of the ``chances`` of the page as it was found, ``found_sure`` ln of the odds of its
    confidence; ``nothing`` and ``answers`` are the look's; ``read_lead`` is how much likelier the facets of
    the first item are than those of any other (ln of the odds), ``lead`` its score's lead, both as looked.
    """
    kept = min(max(sure, _LEAST), 1.0 - _LEAST)
    scores = [hit.score for hit in page.hits[:2]]
    return {
        **{f"found_{name}": math.log(max(chance, _LEAST)) for name, chance in chances.items()},
        "found_sure": math.log(kept / (1.0 - kept)),
        "nothing": look.nothing,
        "answers": look.answers,
        "read_lead": _read_lead(page, look),
        "lead": min(_MOST_LEAD, scores[0] - scores[1]) if len(scores) > 1 else _MOST_LEAD,
    }


def seen_again(chances: Mapping[str, float], answered: float) -> dict[str, float]:
    """``chances`` of outcomes with that of an answer as it was seen again. The look says nothing of how the
    others lie to one another: they keep their proportions.

    >>> seen_again({"answered": 0.5, "unknown": 0.25, "handover": 0.25}, 0.8)
    {'answered': 0.8, 'unknown': 0.1, 'handover': 0.1}
    """
    kept = chances.get(_ANSWERED, 0.0)
    if kept >= 1.0:
        return dict(chances)
    left = (1.0 - answered) / (1.0 - kept)
    return {
        name: round(answered if name == _ANSWERED else left * chance, _DIGITS)
        for name, chance in chances.items()
    }


def _read_lead(page: ResultPage, look: Look) -> float:
    masses = {key: mass(list(scores.values())) for key, scores in look.facets.items()}
    first = masses.pop(page.hits[0].held.key, -_MOST_READ_LEAD)
    lead = first - max(masses.values(), default=first - _MOST_READ_LEAD)
    return min(_MOST_READ_LEAD, max(-_MOST_READ_LEAD, lead))
