"""Checks across items, templates and registers: what no single item can know about itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from corpora import amounts, template_checks, wording
from corpora.catalogue import ERROR, WARNING, Catalogue
from corpora.knowledge import Knowledge
from corpora.messages import nearest
from corpora.push_template import PushTemplate
from corpora.source import Place, Problem
from corpora.types import FacetKind, FieldError, KnowledgeItem, SaleStatus, SubLibrary

Check: TypeAlias = Callable[[Catalogue], Iterable[Problem]]

_FEW_QUESTIONS: Final = 3
_SOLD_FACETS: Final = (FacetKind.PRICE, FacetKind.OPEN, FacetKind.CANCEL, FacetKind.EFFECTIVE)
_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}|400-?[0-9]{3}-?[0-9]{4})(?![0-9])"
)
_SAMPLE_PHONE: Final = "1380000"  # never assigned to anybody


def check(
    knowledge: Knowledge, places: Mapping[str, Place], *, as_of: dt.date | None = None
) -> list[Problem]:
    """All problems of ``knowledge``, by file and line; with ``as_of``, expired references of a day.

    Things that the loader had to leave out still count as there when others refer to them.
    """
    catalogue = Catalogue(knowledge, places)
    found = [problem for one in CHECKS for problem in one(catalogue)]
    found += expired_references(catalogue, as_of)
    return sorted(dict.fromkeys(found), key=lambda p: (p.file, p.line, p.field, p.problem))


def unique_ids(catalogue: Catalogue) -> Iterator[Problem]:
    """The same id twice, among items or among templates."""
    for keyed in (catalogue.items, catalogue.templates):
        for key, thing in keyed:
            if "@" in key:
                first = catalogue.place(key.partition("@")[0])
                yield catalogue.problem(key, "id", f"编号{thing.id}与{first}重复，请改名或合并")


def unique_codes(catalogue: Catalogue) -> Iterator[Problem]:
    """A code that two families of items claim in one system; a clash in BOSS is an error."""
    owners: dict[tuple[str, str], KnowledgeItem] = {}
    for key, item in catalogue.items:
        for n, code in enumerate(item.codes):
            owner = owners.setdefault((code.system, code.value), item)
            if owner.family != item.family:
                problem = f"{code.system}编码{code.value}已用于{owner.id}，请核对后改正其一"
                severity = ERROR if code.system == "boss" else WARNING
                yield catalogue.problem(key, f"codes[{n}]", problem, severity)


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


def _references(item: KnowledgeItem) -> Iterator[tuple[str, str]]:
    for n, relation in enumerate(item.relations):
        yield f"relations[{n}].target", relation.target
    for name in ("templates", "excludes", "requires"):
        for n, target in enumerate(getattr(item, name)):
            yield f"{name}[{n}]", target
    if item.variant_of:
        yield "variant_of", item.variant_of


def references_to_oneself(catalogue: Catalogue) -> Iterator[Problem]:
    """An item that relates to, requires or excludes itself."""
    for key, item in catalogue.items:
        for path, target in _references(item):
            if target == item.id:
                yield catalogue.problem(key, path, "指向了条目自己，请改正或删去")


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


def phone_numbers(catalogue: Catalogue) -> Iterator[Problem]:
    """Numbers that might ring at somebody; samples read 1380000xxxx, the hotline 10086."""
    for key, path, text in _every_text(catalogue):
        for found in _PHONE.finditer(text):
            if not found[0].startswith(_SAMPLE_PHONE):
                masked = f"{found[0][:3]}…{found[0][-2:]}"  # a report must not spread it
                problem = f"含有电话号码{masked}，请删去，示例号码用1380000xxxx"
                yield catalogue.problem(key, path, problem)


def _every_text(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    for key, item in catalogue.items:
        yield key, "title", item.title
        for n, question in enumerate(item.similar_questions):
            yield key, f"similar_questions[{n}]", question
        for n, facet in enumerate(item.facets):
            yield key, f"facets[{n}].official", facet.official
            yield key, f"facets[{n}].customer", facet.customer
            for m, step in enumerate(facet.steps):
                yield key, f"facets[{n}].steps[{m}]", step
    for key, template in catalogue.templates:
        yield key, "body", template.body
        for n, part in enumerate(template.parts):
            yield key, f"parts[{n}].text", part.text


def few_questions(catalogue: Catalogue) -> Iterator[Problem]:
    """Items that customers can hardly find, because few ways to ask are written down."""
    for key, item in catalogue.items:
        if (count := len(item.similar_questions)) < _FEW_QUESTIONS:
            problem = f"只有{count}个相似问法，请写到{_FEW_QUESTIONS}个以上"
            yield catalogue.problem(key, "similar_questions", problem, WARNING)


def facets_of_what_is_sold(catalogue: Catalogue) -> Iterator[Problem]:
    """Business on sale with a price, but without price, opening, cancelling or effect."""
    for key, item in catalogue.items:
        sold = item.sub_library is SubLibrary.BUSINESS and item.sale_status is SaleStatus.ON_SALE
        if not sold or item.tariff is None:
            continue
        kinds = {facet.kind for facet in item.facets}
        if lacking := [kind.label for kind in _SOLD_FACETS if kind not in kinds]:
            problem = f"在售业务缺少口径：{'、'.join(lacking)}，请补写"
            yield catalogue.problem(key, "facets", problem, WARNING)


def campaigns_without_faq(catalogue: Catalogue) -> Iterator[Problem]:
    """Campaigns that leave the usual questions unanswered."""
    for key, item in catalogue.items:
        campaign = item.tariff is not None or item.effective_to is not None
        if item.sub_library is not SubLibrary.MARKETING or not campaign:
            continue
        if all(facet.kind is not FacetKind.FAQ for facet in item.facets):
            problem = "营销活动没有常见问题（kind: faq），请补写"
            yield catalogue.problem(key, "facets", problem, WARNING)


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


CHECKS: Final[Sequence[Check]] = (
    unique_ids,
    unique_codes,
    dangling_references,
    references_to_oneself,
    variants,
    known_regions,
    phone_numbers,
    few_questions,
    facets_of_what_is_sold,
    campaigns_without_faq,
    amounts.price_book_contradictions,
    amounts.title_contradictions,
    amounts.headline_contradictions,
    amounts.negative_amounts,
    amounts.untraced_numbers,
    wording.forbidden_phrases,
    wording.claims,
    wording.words_against_others,
    wording.lengths,
    wording.free_offers,
    wording.unlimited_offers,
    wording.internal_leaks,
    template_checks.unknown_sources,
    template_checks.unfilled_sources,
    template_checks.enquiry_gaps,
    template_checks.doubled_units,
    template_checks.asked_secrets,
)
