"""Ids, pointers between items, local variants, and pointers to what has ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from corpora.catalogue import WARNING, Catalogue
from corpora.messages import nearest
from corpora.push_template import PushTemplate
from corpora.source import Problem
from corpora.types import (
    FieldError,
    KnowledgeItem,
    RelationKind,
    SaleStatus,
    SubLibrary,
)

_LIBRARY_OF: Final[Mapping[RelationKind, SubLibrary]] = {
    RelationKind.TIP: SubLibrary.TIPS,
    RelationKind.BUSINESS: SubLibrary.BUSINESS,
    RelationKind.CAMPAIGN: SubLibrary.MARKETING,
    RelationKind.DEVICE: SubLibrary.TERMINALS,
    RelationKind.OPERATION: SubLibrary.TECHNICAL,
    RelationKind.CASE: SubLibrary.CASES,
}


def unique_ids(catalogue: Catalogue) -> Iterator[Problem]:
    """The same id twice, among items or among templates."""
    for keyed in (catalogue.items, catalogue.templates):
        for key, thing in keyed:
            if "@" in key:
                first = catalogue.place(key.partition("@")[0])
                yield catalogue.problem(key, "id", f"编号{thing.id}与{first}重复，请改名或合并")


def dangling_references(catalogue: Catalogue) -> Iterator[Problem]:
    """Pointers to items and templates that do not exist."""
    for key, item in catalogue.items:
        for path, target in _references(item):
            known: Iterable[str] = catalogue.item_of
            place = target
            if path.startswith("templates"):
                known, place = catalogue.template_of, f"templates/{target}"
            if target not in known and place not in catalogue.places:
                kind = "模板" if path.startswith("templates") else "条目"
                problem = f"没有{kind}{target}{nearest(target, known)}，请改正或删去"
                yield catalogue.problem(key, path, problem)


def references_to_oneself(catalogue: Catalogue) -> Iterator[Problem]:
    """An item that relates to, requires or excludes itself."""
    for key, item in catalogue.items:
        for path, target in _references(item):
            if target == item.id:
                yield catalogue.problem(key, path, "指向了条目自己，请改正或删去")


def misfit_relations(catalogue: Catalogue) -> Iterator[Problem]:
    """A relation whose kind does not fit the library that it points into, and one given twice."""
    for key, item in catalogue.items:
        seen: set[str] = set()
        for n, relation in enumerate(item.relations):
            path = f"relations[{n}]"
            if relation.target in seen:
                problem = f"{relation.target}关联了两次，请只留一个"
                yield catalogue.problem(key, path, problem, WARNING)
            seen.add(relation.target)
            if (target := catalogue.item_of.get(relation.target)) is None:
                continue
            library = _LIBRARY_OF.get(relation.kind)
            if library is not None and target.sub_library is not library:
                problem = (
                    f"{target.id}在{target.sub_library.label}，"
                    f"不能作为{relation.kind.value}关联，请改正kind或target"
                )
                yield catalogue.problem(key, f"{path}.kind", problem)
            if relation.kind is RelationKind.SIBLING and target.sub_library is not item.sub_library:
                problem = f"{target.id}在{target.sub_library.label}，不是同类条目，请改用see_also"
                yield catalogue.problem(key, f"{path}.kind", problem)


def one_sided_siblings(catalogue: Catalogue) -> Iterator[Problem]:
    """A sibling that does not know of it: whoever reads the other item cannot compare."""
    siblings = {
        item.id: {r.target for r in item.relations if r.kind is RelationKind.SIBLING}
        for _, item in catalogue.items
    }
    for key, item in catalogue.items:
        for n, relation in enumerate(item.relations):
            if relation.kind is not RelationKind.SIBLING or relation.target not in siblings:
                continue
            if item.id not in siblings[relation.target] and not item.variant_of:
                problem = f"{relation.target}没有反过来关联{item.id}，请在那边补上sibling"
                yield catalogue.problem(key, f"relations[{n}].target", problem, WARNING)


def variants(catalogue: Catalogue) -> Iterator[Problem]:
    """Local variants in another library than their base, or of another variant."""
    for key, item in catalogue.items:
        base = catalogue.item_of.get(item.variant_of) if item.variant_of else None
        if base is None:
            continue
        if base.sub_library is not item.sub_library:
            problem = f"基础条目{base.id}在{base.sub_library.label}，地方版本须在同一子库"
            yield catalogue.problem(key, "variant_of", problem)
        if base.variant_of:
            problem = f"{base.id}自己是地方版本，请改为{base.variant_of}"
            yield catalogue.problem(key, "variant_of", problem)
        if base.region is not None and base.region == item.region:
            problem = f"与基础条目{base.id}的地区相同，请改正其一"
            yield catalogue.problem(key, "region", problem)


def known_regions(catalogue: Catalogue) -> Iterator[Problem]:
    """Regions that the register does not have."""
    for key, item in catalogue.items:
        if item.region is not None:
            try:
                catalogue.knowledge.regions.find(item.region.path)
            except FieldError as error:
                yield catalogue.problem(key, "region", error.problem)


def expired_references(catalogue: Catalogue, as_of: dt.date | None) -> Iterator[Problem]:
    """Items that point to what is no longer valid, or not valid on any day of their own."""
    for key, item in catalogue.items:
        for path, target in _references(item):
            if path.startswith("excludes"):
                continue  # held-over contracts exclude for as long as somebody holds them
            found: KnowledgeItem | PushTemplate | None = (
                catalogue.template_of.get(target)
                if path.startswith("templates")
                else catalogue.item_of.get(target)
            )
            if found is None or found.effective_to is None:
                continue
            never = item.effective_from is not None and item.effective_from > found.effective_to
            gone = as_of is not None and found.effective_to < as_of and _valid(item, as_of)
            if never or gone:
                problem = f"{target}已于{found.effective_to}失效，请换成有效的或删去"
                yield catalogue.problem(key, path, problem, WARNING)


def _valid(item: KnowledgeItem, day: dt.date) -> bool:
    return item.valid_on(day) and item.sale_status is not SaleStatus.WITHDRAWN


def _references(item: KnowledgeItem) -> Iterator[tuple[str, str]]:
    for n, relation in enumerate(item.relations):
        yield f"relations[{n}].target", relation.target
    for name in ("templates", "excludes", "requires"):
        for n, target in enumerate(getattr(item, name)):
            yield f"{name}[{n}]", target
    if item.variant_of:
        yield "variant_of", item.variant_of
