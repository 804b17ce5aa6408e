"""A row without a sub-library → the views of it that are learned from and that are proposed for.

An item that is learned from is seen in several ways: whole, as the small row that a heap holds (a
title and one text), as a bare title or a bare text. Otherwise what is learned is how our titles
are worded and which fields are filled in, and a heap has neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from corpora.types import FacetKind, KnowledgeItem

PIECE: Final = 64
"""Characters of a text that the encoder reads: the beginning says what it is about."""

_QUESTIONS: Final = 2
_TEXTS: Final = 3


@dataclass(frozen=True, slots=True)
class ItemText:
    """What is known of an item before it has a sub-library; what is absent is not known."""

    title: str
    questions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    facet_kinds: frozenset[FacetKind] = frozenset()
    has_tariff: bool = False
    has_dates: bool = False
    has_codes: bool = False
    has_screens: bool = False
    has_device: bool = False

    @staticmethod
    def of(
        title: str,
        questions: Iterable[str] = (),
        facets: Iterable[str] = (),
        *,
        aliases: Iterable[str] = (),
        facet_kinds: Iterable[FacetKind] = (),
        has_tariff: bool = False,
        has_dates: bool = False,
        has_codes: bool = False,
        has_screens: bool = False,
        has_device: bool = False,
    ) -> ItemText:
        """From the fields of an imported row; ``facets`` are their texts."""
        return ItemText(
            title,
            tuple(questions),
            tuple(aliases),
            tuple(facets),
            frozenset(facet_kinds),
            has_tariff,
            has_dates,
            has_codes,
            has_screens,
            has_device,
        )

    @staticmethod
    def of_item(item: KnowledgeItem) -> ItemText:
        """All of an item except its sub-library (and its id, which may hold a hint of it)."""
        return ItemText(
            item.title,
            tuple(question for _, question in item.questions()),
            item.aliases,
            tuple(
                text
                for facet in item.facets
                for text in (facet.official, facet.customer, *facet.steps)
                if text
            ),
            frozenset(facet.kind for facet in item.facets),
            item.tariff is not None,
            item.effective_from is not None or item.effective_to is not None,
            bool(item.codes),
            bool(item.screens),
            item.device is not None,
        )

    @property
    def traits(self) -> tuple[str, ...]:
        """Which fields are filled in, by name; nothing where only texts are known."""
        flags = {
            "tariff": self.has_tariff,
            "dates": self.has_dates,
            "codes": self.has_codes,
            "screens": self.has_screens,
            "device": self.has_device,
        }
        return (
            *sorted(kind.value for kind in self.facet_kinds),
            *(name for name, there in flags.items() if there),
        )


@dataclass(frozen=True, slots=True)
class View:
    """One way of seeing an item: all its texts for terms, the first of them for the encoder."""

    texts: tuple[str, ...]
    encoded: tuple[str, ...]
    traits: tuple[str, ...] = ()


def whole(text: ItemText) -> View:
    """Everything that is known."""
    first = (text.title, *text.questions[:_QUESTIONS], *_spread(text.facets))
    return View(
        tuple(filter(None, (text.title, *text.questions, *text.aliases, *text.facets))),
        tuple(piece[:PIECE] for piece in first if piece),
        text.traits,
    )


def views(item: KnowledgeItem) -> Iterator[View]:
    """The ways in which an item is learned from; always the same ones for the same item."""
    text = ItemText.of_item(item)
    seen = whole(text)
    bare = View(seen.texts, seen.encoded)
    chosen = hashlib.blake2b(item.id.encode(), digest_size=2).digest()
    texts = [facet.official for facet in item.facets]
    spoken = [facet.customer for facet in item.facets if facet.customer] or texts
    official = texts[chosen[0] % len(texts)]
    customer = spoken[chosen[1] % len(spoken)]
    questions = text.questions or (text.title,)
    question = questions[chosen[0] % len(questions)]
    yield seen
    yield bare
    # some fields of many: a row that names its code alone must not be trusted like a whole item
    yield _of(text.title, texts[0], traits=text.traits[chosen[0] % 2 :: 2])
    yield _of(text.title, customer, traits=text.traits[chosen[1] % 4 :: 4])
    yield _of(text.title, texts[0])
    yield _of(text.title, customer)
    yield _of(question, official)
    yield _of(official)
    yield _of(question, questions[0])
    yield _of(text.title)


def _of(*texts: str, traits: tuple[str, ...] = ()) -> View:
    return View(texts, tuple(piece[:PIECE] for piece in texts), traits)


def _spread(texts: tuple[str, ...]) -> tuple[str, ...]:
    """A few of the texts, from the beginning to the end."""
    if len(texts) <= _TEXTS:
        return texts
    return tuple(texts[n * (len(texts) - 1) // (_TEXTS - 1)] for n in range(_TEXTS))
