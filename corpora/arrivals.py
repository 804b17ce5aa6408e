"""Checks on items that are about to be imported, with what stands in the store around them.

A source of ordinary size is checked like a folder, together with the store. Of a very large one
every item is checked alone, and what only many items together can get wrong is checked on items
without their texts, in time that grows with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from corpora.catalogue import Catalogue
from corpora.checks import CHECKS, check
from corpora.knowledge import Knowledge
from corpora.messages import nearest
from corpora.sheets.findings import Findings
from corpora.sheets.staging import Staging
from corpora.source import Problem, Severity
from corpora.standing import Standing, batches, thin
from corpora.types import KnowledgeItem

Locate = Callable[[str, str, str, Severity], Problem]
"""Item id, path of a field, what is wrong with it → the problem at its place in the source."""
Told = Callable[[str, int, int | None], None]
"""Name of a step, how much of it is done, of how much (None: not known)."""

CHECKED_TOGETHER: Final = 2_000
"""Items up to which source and store are checked as one; about ten seconds."""
_HINTS: Final = 20

ALONE: Final = frozenset({
    "references_to_oneself", "known_regions", "phone_numbers", "few_questions",
    "facets_of_what_is_sold", "cases_without_a_story", "held_but_orderable",
    "campaigns_without_faq", "campaigns_without_script", "devices_without_parameters",
    "device_contradictions", "products_without_code", "price_book_contradictions",
    "title_contradictions", "headline_contradictions", "negative_amounts", "untraced_numbers",
    "own_last_day", "forbidden_phrases", "claims", "words_against_others", "lengths",
    "free_offers", "unlimited_offers", "sent_away", "silence_as_order", "read_aloud",
    "internal_leaks", "expert_terms",
})  # fmt: skip
"""Checks that look at one item at a time, by name."""
ACROSS: Final = frozenset({
    "unique_codes", "crossed_codes", "misfit_relations", "variants", "unexplained_errors",
    "claimed_names",
})  # fmt: skip
"""Checks across items that need none of their texts."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the checks need beside the items: registers, lexicon and what stands in the store."""

    standing: Standing
    knowledge: Knowledge


def check_arrivals(
    staging: Staging, around: Surroundings, found: Findings, locate: Locate, told: Told
) -> bool:
    """Notes what is wrong with the staged items; True where nothing was left unchecked."""
    standing = around.standing
    if staging.count <= CHECKED_TOGETHER and standing.count() <= 2 * CHECKED_TOGETHER:
        _check_together(staging, around, found, locate)
        told("检查", staging.count, staging.count)
        return True
    _check_alone(staging, around, found, locate, told)
    _check_across(staging, around, found, locate)
    return False


def _check_together(
    staging: Staging, around: Surroundings, found: Findings, locate: Locate
) -> None:
    items = list(staging.items())
    ids = {item.id for item in items}
    others = [item for item in around.standing.items() if item.id not in ids]
    whole = _with(around.knowledge, (*others, *items))
    # without places, a problem's file is the id of its item
    _note(check(whole, {}), ids, found, locate)


def _check_alone(
    staging: Staging, around: Surroundings, found: Findings, locate: Locate, told: Told
) -> None:
    alone = [one for one in CHECKS if one.__name__ in ALONE]
    done = 0
    for batch in batches(staging.items()):
        catalogue = Catalogue(_with(around.knowledge, tuple(batch)), {})
        ids = {item.id for item in batch}
        for one in alone:
            _note(one(catalogue), ids, found, locate)
        done += len(batch)
        told("检查", done, staging.count)


def _check_across(staging: Staging, around: Surroundings, found: Findings, locate: Locate) -> None:
    items = [thin(item) for item in staging.items()]
    ids = {item.id for item in items}
    others = [thin(item) for item in around.standing.items() if item.id not in ids]
    whole = _with(around.knowledge, (*others, *items))
    catalogue = Catalogue(whole, {})
    for one in CHECKS:
        if one.__name__ in ACROSS:
            _note(one(catalogue), ids, found, locate)
    known = ids | {item.id for item in others}
    templates = {template.id for template in around.knowledge.templates}
    hints = _HINTS
    for item in items:
        for path, target in references(item):
            pool = templates if path.startswith("templates") else known
            if target in pool:
                continue
            kind = "模板" if path.startswith("templates") else "条目"
            # difflib looks at every id: a few times is a help, for every row it is a day
            hint = nearest(target, pool) if hints > 0 and len(pool) <= 20_000 else ""
            hints -= 1
            problem = f"没有{kind}{target}{hint}，请改正或删去"
            _add(found, locate, item.id, path, problem, Severity.ERROR)


def references(item: KnowledgeItem) -> Iterator[tuple[str, str]]:
    """The pointers of an item to items and templates, with their paths."""
    for n, relation in enumerate(item.relations):
        yield f"relations[{n}].target", relation.target
    for name in ("templates", "excludes", "requires"):
        for n, target in enumerate(getattr(item, name)):
            yield f"{name}[{n}]", target
    if item.variant_of:
        yield "variant_of", item.variant_of


def _with(knowledge: Knowledge, items: tuple[KnowledgeItem, ...]) -> Knowledge:
    return Knowledge(
        items, knowledge.templates, knowledge.lexicon, knowledge.regions, knowledge.price_book
    )


def _note(problems: Iterable[Problem], ids: set[str], found: Findings, locate: Locate) -> None:
    for one in problems:
        if one.file in ids:  # what is wrong in the store is not the source's fault
            _add(found, locate, one.file, one.field, one.problem, one.severity)


def _add(
    found: Findings, locate: Locate, item_id: str, path: str, problem: str, severity: Severity
) -> None:
    """A problem at its place; beyond what is kept nobody asks where it stands."""
    if found.is_full(severity):
        found.add(Problem(item_id, 0, path, problem, severity))
    else:
        found.add(locate(item_id, path, problem, severity))
