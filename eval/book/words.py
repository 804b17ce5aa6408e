"""Closed vocabularies and the Chinese words that stand for them in workbooks."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from corpora.types import Audience, Channel, FacetKind, SubLibrary
from eval import labels
from eval.faqset import Kind, Split, Style
from retriever.answer import Outcome


@dataclass(frozen=True, slots=True)
class Words:
    """A vocabulary: the value in files → the word in workbooks."""

    labels: Mapping[str, str]

    @property
    def choices(self) -> tuple[str, ...]:
        """What a drop-down offers."""
        return tuple(self.labels.values())

    def label(self, value: str) -> str:
        """The word for a value; what is unknown stays, so that people see what stands there."""
        return self.labels.get(value, value)

    def value(self, written: str) -> str | None:
        """The value of a word or of the value itself; None where it is neither."""
        plain = folded(written)
        for value, label in self.labels.items():
            if plain in (folded(value), folded(label)):
                return value
        return None


def folded(written: str) -> str:
    r"""What people wrote without the differences that nobody means: width, case and spaces.

    >>> folded(" \uff34rue\u3000")
    'true'
    """
    return "".join(unicodedata.normalize("NFKC", written).casefold().split())


def _words(members: type[StrEnum], labels: Mapping[str, str]) -> Words:
    return Words({member.value: labels[member] for member in members})


STYLES: Final = _words(Style, labels.STYLES)
KINDS: Final = _words(Kind, labels.KINDS)
SPLITS: Final = _words(Split, labels.SPLITS)
OUTCOMES: Final = _words(Outcome, labels.OUTCOMES)
CHANNELS: Final = _words(Channel, labels.CHANNELS)
LIBRARIES: Final = Words({library.value: library.label for library in SubLibrary})
FACETS: Final = Words({facet.value: facet.label for facet in FacetKind})
AUDIENCES: Final = Words(
    {
        Audience.CUSTOMER.value: "客户",
        Audience.AGENT.value: "坐席",
        Audience.INTERNAL.value: "内部人员",
    }
)

RIGHT: Final = "对"
WRONG: Final = "错"
# compared without width and case: 对 and 错 in the ways in which people mark them
_RIGHT_WAYS: Final = frozenset({"对", "√", "✓", "✔", "☑", "是", "1", "true", "正确", "y", "yes"})
_WRONG_WAYS: Final = frozenset(
    {"错", "×", "✗", "✘", "☒", "否", "0", "false", "错误", "x", "n", "no"}
)


def mark(written: str) -> bool | None:
    """Whether a mark says right or wrong; None where it is no mark.

    >>> mark("√ "), mark("×"), mark("还行")
    (True, False, None)
    """
    plain = folded(written)
    if plain in _RIGHT_WAYS:
        return True
    return False if plain in _WRONG_WAYS else None
