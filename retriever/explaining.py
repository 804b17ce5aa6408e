"""Why a hit is where it is: its score as a sum, and what was understood of the question.

Pure functions over what a ``Hit`` carries: the retriever names what it adds, so that an explanation
stays true when a weight or a step changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import fsum
from typing import Final, NamedTuple

from corpora.types import Audience, FacetKind
from retriever.constants import Blend
from retriever.meetings import Meetings
from retriever.term_scores import TermPart
from retriever.types import Evidence, FoundPassage, Hit

REST: Final = "rest"
_EXACT: Final = 1e-9  # below, a difference is rounding
PART_LABELS: Final = {
    "lexical": "关键词",
    "semantic": "语义",
    "late": "逐词对照",
    "reading": "换读法的折扣",
    "support": "其他片段的支持",
    "second_look": "逐个方面再读一遍",
    "back": "条目反过来对照问题",
    "code": "说了编码或指令",
    "named": "说了条目的名字",
    "wholly_named": "说的正是这个名字",
    "amount": "金额对得上",
    "other_amount": "金额是别档的",
    "numbers_missing": "有数字条目没写",
    "business": "业务条目优先",
    "facet": "有想问的方面",
    "hint": "像这个子库",
    "local": "是这个地区的",
    "unsaid": "有词条目没说",
    REST: "其他",
}
_FIELD_LABELS: Final = {
    "title": "标题",
    "alias": "别名",
    "question": "相似问法",
    "code": "编码",
    "customer": "客户化话术",
    "official": "业务口径",
}
_KINDS: Final = {kind.value: kind for kind in FacetKind}


class ScorePart(NamedTuple):
    """A named part of a hit's score; a part that nobody has labelled shows its name."""

    name: str
    value: float

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return PART_LABELS.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class Supporting:
    """A further passage of the item that the hit's score rests on.

    ``text`` is None where the reader may not see it.
    """

    passage_id: str
    field: str
    text: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a hit is where it is; the parts add up to its score.

    ``asked`` is the reading of the question that found the best passage.
    """

    asked: str
    parts: tuple[ScorePart, ...]
    terms: tuple[TermPart, ...]
    tokens: Meetings
    supporting: tuple[Supporting, ...]


def score_parts(hit: Hit, weights: Blend) -> tuple[ScorePart, ...]:
    """The hit's score as a sum, in the order in which it came to be; parts that are 0 are left out.

    The best passage's own score is taken apart by ``weights``; what was added to it is named by the
    hit. ``REST`` is what neither of them names, so that the sum is always the score.
    """
    own = hit.evidence
    parts: list[tuple[str, float]] = []
    if own.passage_id:
        lexical = weights.lexical * own.lexical
        semantic = weights.semantic * (own.semantic - weights.floor)
        parts = [("lexical", lexical), ("semantic", semantic), ("late", own.late)]
        parts.append(("reading", min(0.0, _unnamed(own, weights))))
    parts += hit.parts
    parts.append((REST, hit.score - fsum(value for _, value in parts)))
    return tuple(ScorePart(name, value) for name, value in parts if abs(value) > _EXACT)


def _unnamed(own: Evidence, weights: Blend) -> float:
    """What a passage's score holds beside its own parts: the discount where a reading found it."""
    semantic = weights.semantic * (own.semantic - weights.floor)
    return own.score - fsum((weights.lexical * own.lexical, semantic, own.late))


def by_reading(own: Evidence, weights: Blend) -> bool:
    """Whether the reading of the question found the passage, not the question as it was typed."""
    return bool(own.passage_id) and _unnamed(own, weights) < -_EXACT


def replaced(normalized: str, reading: str) -> tuple[tuple[str, str], ...]:
    """What the reading says in place of what was typed, as (typed, read), from left to right.

    >>> replaced("斜号转网怎么弄", "携号转网怎么弄"), replaced("流量", "")
    ((('斜', '携'),), ())
    """
    if not reading:
        return ()
    matcher = SequenceMatcher(None, normalized, reading, autojunk=False)
    return tuple(
        (normalized[start:end], reading[read_start:read_end])
        for kind, start, end, read_start, read_end in matcher.get_opcodes()
        if kind != "equal"
    )


def field_label(field: str) -> str:
    """A passage's field in Chinese.

    >>> field_label("title"), field_label("price.official"), field_label("open.question")
    ('标题', '资费·业务口径', '如何办理·相似问法')
    """
    facet, _, name = field.rpartition(".")
    label = _FIELD_LABELS.get(name, name)
    return f"{_KINDS[facet].label}·{label}" if facet in _KINDS else label


def may_show(field: str, audience: Audience) -> bool:
    """Whether a reader may see a passage of this field; official wording is for staff."""
    return audience is not Audience.CUSTOMER or not field.endswith(".official")


def supporting(
    entries: Sequence[Evidence], passages: Sequence[FoundPassage], audience: Audience
) -> tuple[Supporting, ...]:
    """The passages of ``entries`` in their order; those that the version does not hold are left out."""
    known = {passage.passage_id: passage for passage in passages}
    return tuple(
        Supporting(
            entry.passage_id,
            passage.field,
            passage.text if may_show(passage.field, audience) else None,
            entry.score,
        )
        for entry in entries
        if (passage := known.get(entry.passage_id)) is not None
    )
