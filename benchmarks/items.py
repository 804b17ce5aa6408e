"""20,000 believable items of exactly eight passages each, the same from the same seed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from benchmarks import words
from benchmarks.sentences import FACETS, Facts, questions_for
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Code,
    Facet,
    FacetKind,
    KnowledgeItem,
    Region,
    Relation,
    RelationKind,
    SaleStatus,
    SubLibrary,
    Tariff,
)
from corpora.versions import ItemVersion

PASSAGES_AN_ITEM: Final = 8
_SHARES: Final = (
    # as uneven as real sub-libraries are: most knowledge is about products
    (SubLibrary.BUSINESS, 0.40),
    (SubLibrary.MARKETING, 0.20),
    (SubLibrary.TIPS, 0.08),
    (SubLibrary.TERMINALS, 0.12),
    (SubLibrary.TECHNICAL, 0.12),
    (SubLibrary.CASES, 0.08),
)
_KINDS: Final = {
    SubLibrary.BUSINESS: (FacetKind.PRICE, FacetKind.OPEN, FacetKind.CANCEL, FacetKind.EFFECTIVE, FacetKind.RULES),
    SubLibrary.MARKETING: (FacetKind.OVERVIEW, FacetKind.ELIGIBILITY, FacetKind.PRICE, FacetKind.OPEN),
    SubLibrary.TIPS: (FacetKind.WARNING, FacetKind.CANCEL, FacetKind.RULES),
    SubLibrary.TERMINALS: (FacetKind.PARAMETERS, FacetKind.PRICE, FacetKind.FAULT),
    SubLibrary.TECHNICAL: (FacetKind.FAULT, FacetKind.CHECK, FacetKind.HANDLING),
    SubLibrary.CASES: (FacetKind.SITUATION, FacetKind.HANDLING, FacetKind.LESSON),
}  # fmt: skip
_CITIES: Final = ("yj/yundu", "yj/wanghai", "yj/qingluan", "yj/shiqiao", "yj/pingwu")
_DAY: Final = dt.date(2025, 11, 1)  # the day around which items begin and end


def held_items(count: int, seed: int) -> list[ItemVersion]:
    """``count`` item versions over the six sub-libraries, each with eight passages."""
    rng = random.Random(seed)
    titles: set[str] = set()
    held: list[ItemVersion] = []
    for library, number in _places(count):
        title, facts = _named(rng, library, titles)
        item = _item(rng, library, number, title, facts, held)
        start, end = _days(rng)
        held.append(ItemVersion(item, 1, start, end))
    return held


def _places(count: int) -> Iterator[tuple[SubLibrary, int]]:
    """Which library each item belongs to; every library has at least one item."""
    made = 0
    for place, (library, share) in enumerate(_SHARES):
        size = max(1, round(count * share)) if place < len(_SHARES) - 1 else count - made
        for number in range(size):
            yield library, number
        made += size


def _named(rng: random.Random, library: SubLibrary, titles: set[str]) -> tuple[str, Facts]:
    """A title that no item has yet, with the facts that its sentences state."""
    make = _TITLES[library]
    while True:
        facts = Facts.drawn(rng)
        title = make(rng, facts)
        if title not in titles:
            titles.add(title)
            return title, facts


def _product(rng: random.Random, facts: Facts) -> str:
    brand, series = rng.choice(words.BRANDS), rng.choice(words.SERIES)
    return f"{brand}{series}{facts.fee}元{rng.choice(words.PLAN_FORMS)}"


_TITLES: Final[dict[SubLibrary, Callable[[random.Random, Facts], str]]] = {
    SubLibrary.BUSINESS: _product,
    SubLibrary.MARKETING: lambda rng, f: (
        f"{rng.choice(words.SERIES)}{f.fee}元档{rng.choice(words.CAMPAIGN_FORMS)}第{f.number % 40}期"
    ),
    SubLibrary.TIPS: lambda rng, f: (
        f"{rng.choice(words.SERIES)}{f.fee}元{rng.choice(words.PLAN_FORMS)}{rng.choice(words.TIP_FORMS)}"
    ),
    SubLibrary.TERMINALS: lambda rng, f: (
        f"{rng.choice(words.MAKERS)}{rng.choice(words.SERIES)}X{f.number % 100}{rng.choice(words.DEVICE_FORMS)}"
    ),
    SubLibrary.TECHNICAL: lambda rng, f: (
        f"{rng.choice(words.SYSTEMS)}错误码E{1000 + f.number}：{rng.choice(words.FAULTS)}"
    ),
    SubLibrary.CASES: lambda rng, f: (
        f"{rng.choice(words.SERIES)}{rng.choice(words.PLAN_FORMS)}{rng.choice(words.CASE_FORMS)}{f.number % 500}号案例"
    ),
}


def _days(rng: random.Random) -> tuple[dt.date, dt.date]:
    """Three in four items are open-ended; the rest are past, running or to come."""
    start, end = dt.date.min, dt.date.max
    draw = rng.random()
    if draw < 0.15:
        end = _DAY + dt.timedelta(days=rng.randint(-300, 300))
    elif draw < 0.25:
        start = _DAY + dt.timedelta(days=rng.randint(-300, 120))
    return start, end


def _item(
    rng: random.Random,
    library: SubLibrary,
    number: int,
    title: str,
    facts: Facts,
    before: list[ItemVersion],
) -> KnowledgeItem:
    kinds = list(_KINDS[library])
    rng.shuffle(kinds)
    shape = rng.choice(("alias", "questions", "internal", "facets"))
    facet_count = 3 if shape == "facets" else 2
    facets = [_facet(rng, kind, title, facts) for kind in kinds[:facet_count]]
    if shape == "internal":
        audience = rng.choice((Audience.AGENT, Audience.INTERNAL))
        official = FACETS[FacetKind.OPERATION](rng, title, facts)[0]
        facets.append(Facet(FacetKind.OPERATION, official, audience=audience))
    aliases = (f"{title[:2]}{facts.fee}{title[-2:]}{facts.number}",) if shape == "alias" else ()
    wanted = PASSAGES_AN_ITEM - 1 - len(aliases) - sum(2 if f.customer else 1 for f in facets)
    local = rng.random() < 0.08
    commands = (
        Action(ActionKind.OPEN, Channel.SMS, "短信开通", f"KT{facts.command}@10086"),
        Action(ActionKind.CANCEL, Channel.SMS, "短信取消", f"TD{facts.command}@10086"),
    )
    prefix = library.value[:3]
    return KnowledgeItem(
        id=f"{prefix}-{number:05d}",
        title=title,
        sub_library=library,
        facets=tuple(facets),
        similar_questions=tuple(questions_for(rng, title, facts, wanted)),
        aliases=aliases,
        codes=(Code("boss", f"{prefix.upper()}{number:05d}"),),
        sale_status=rng.choices(tuple(SaleStatus), (85, 10, 5))[0],
        region=Region(rng.choice(_CITIES)) if local else None,
        owner=rng.choice(words.DEPARTMENTS),
        weight=rng.randint(1, 600),
        tariff=Tariff(monthly_fee=Decimal(facts.fee), voice_minutes=facts.minutes),
        actions=commands if library is SubLibrary.BUSINESS else (),
        relations=_relations(rng, before),
    )


def _facet(rng: random.Random, kind: FacetKind, title: str, facts: Facts) -> Facet:
    official, customer, steps = FACETS[kind](rng, title, facts)
    return Facet(kind, official, customer, steps)


def _relations(rng: random.Random, before: list[ItemVersion]) -> tuple[Relation, ...]:
    """Pointers to items made earlier, as warnings and neighbours."""
    found: dict[str, Relation] = {}
    for _ in range(rng.randint(0, 4) if before else 0):
        target = rng.choice(before).item
        tip = any(facet.kind is FacetKind.WARNING for facet in target.facets)
        kind = RelationKind.TIP if tip else RelationKind.SEE_ALSO
        found[target.id] = Relation(kind, target.id)
    return tuple(found.values())
