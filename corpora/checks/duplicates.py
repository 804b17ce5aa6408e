"""The same thing written twice: near-duplicate items, and questions or names that two items claim."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from corpora.amounts import normal
from corpora.catalogue import WARNING, Catalogue
from corpora.source import Problem
from corpora.types import Audience, Facet, KnowledgeItem, RelationKind, SaleStatus

_SHINGLE: Final = 6  # characters; shorter ones are shared by texts that say different things
_SKETCH: Final = (
    4  # of two texts that are 90 % equal, all four smallest hashes differ once in 10,000
)
_BUCKET: Final = 40  # wording that everybody uses would pair everybody
_ALIKE: Final = 0.9
_SHORTEST: Final = 40  # characters of text below which two items may well say the same


def near_duplicates(catalogue: Catalogue) -> Iterator[Problem]:
    """Two items with nearly the same text that do not know of each other.

    Candidates share one of their smallest shingle hashes (Broder's min-wise sketches), so that the
    time grows with the number of items and not with its square.
    """
    texts = [_text(item) for _, item in catalogue.items]
    for first, second in sorted(candidates(texts)):
        key, item = catalogue.items[second]
        _, other = catalogue.items[first]
        if _related(item, other) or item.id == other.id:
            continue
        one, two = _shingles(texts[first]), _shingles(texts[second])
        alike = len(one & two) / len(one | two)
        if alike >= _ALIKE:
            problem = (
                f"与{other.id}（{catalogue.place(catalogue.items[first][0])}）有{alike:.0%}相同，"
                "请合并，或写成variant_of、sibling"
            )
            yield catalogue.problem(key, "facets", problem, WARNING)


def candidates(texts: Sequence[str]) -> set[tuple[int, int]]:
    """Pairs of places of texts that may be nearly equal; their number grows as that of the texts."""
    buckets: dict[int, list[int]] = defaultdict(list)
    for n, text in enumerate(texts):
        if len(text) >= _SHORTEST:
            for smallest in sorted(_shingles(text))[:_SKETCH]:
                buckets[smallest].append(n)
    return {
        pair
        for bucket in buckets.values()
        if len(bucket) > 1
        for pair in combinations(bucket[:_BUCKET], 2)
    }


def claimed_questions(catalogue: Catalogue) -> Iterator[Problem]:
    """A question that two families claim, or that one item has twice: only one can come first."""
    owners: dict[str, KnowledgeItem] = {}
    for key, item in catalogue.items:
        repeated = dict(_repeated_questions(item))
        for path, problem in repeated.items():
            yield catalogue.problem(key, path, problem, WARNING)
        for path, question in item.questions():
            if path in repeated:
                continue
            owner = owners.setdefault(_plain(question), item)
            if owner.family != item.family:
                problem = f"{owner.id}也有这个问法，请改得能分清"
                yield catalogue.problem(key, path, problem, WARNING)


def _repeated_questions(item: KnowledgeItem) -> Iterator[tuple[str, str]]:
    """Paths of questions that the item has elsewhere; the facet with the most readers keeps its own."""
    facets = {f"facets[{n}]": facet for n, facet in enumerate(item.facets)}
    asked = [(facets.get(path.partition(".")[0]), path, q) for path, q in item.questions()]
    asked.sort(key=lambda one: one[0].audience.level if one[0] else len(Audience))
    kept: dict[str, Facet | None] = {}
    for facet, path, question in asked:
        plain = _plain(question)
        if plain not in kept:
            kept[plain] = facet
            continue
        other = kept[plain]
        place = f"“{other.kind.label}”口径" if other else "相似问法"
        if other and facet and facet.audience is not other.audience is Audience.CUSTOMER:
            yield path, f"给客户的{place}里已有这个问法，这一段客户看不到，请改成员工才会问的"
        else:
            yield path, f"{place}里已有这个问法，请只留一处"


def claimed_names(catalogue: Catalogue) -> Iterator[Problem]:
    """An alias that two families on sale claim, and that therefore names neither."""
    owners: dict[str, KnowledgeItem] = {}
    for key, item in catalogue.items:
        if item.sale_status is not SaleStatus.ON_SALE:
            continue
        for n, alias in enumerate(item.aliases):
            owner = owners.setdefault(f"{item.sub_library}/{_plain(alias)}", item)
            if owner.family != item.family:
                problem = f"别名“{alias}”也是{owner.id}的，请改得能分清"
                yield catalogue.problem(key, f"aliases[{n}]", problem, WARNING)


def _text(item: KnowledgeItem) -> str:
    return "".join(normal(facet.official) for facet in item.facets).replace(" ", "")


def _shingles(text: str) -> set[int]:
    return {
        zlib.crc32(text[start : start + _SHINGLE].encode())
        for start in range(max(1, len(text) - _SHINGLE + 1))
    }


def _plain(text: str) -> str:
    return "".join(char for char in normal(text).lower() if char.isalnum())


def _related(one: KnowledgeItem, other: KnowledgeItem) -> bool:
    if one.family == other.family:
        return True
    return any(
        relation.kind is RelationKind.SIBLING and relation.target in (theirs.id, theirs.family)
        for own, theirs in ((one, other), (other, one))
        for relation in own.relations
    )
