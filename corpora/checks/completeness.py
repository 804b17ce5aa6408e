"""What an item of each library must hold before it is of use to the front line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from corpora.catalogue import WARNING, Catalogue
from corpora.source import Problem
from corpora.types import FacetKind, KnowledgeItem, RelationKind, SaleStatus, SubLibrary

_FEW_QUESTIONS: Final = 3
_SOLD_FACETS: Final = (FacetKind.PRICE, FacetKind.OPEN, FacetKind.CANCEL, FacetKind.EFFECTIVE)
_CASE_FACETS: Final = (FacetKind.SITUATION, FacetKind.HANDLING, FacetKind.LESSON)


def few_questions(catalogue: Catalogue) -> Iterator[Problem]:
    """Items that customers can hardly find, because few ways to ask are written down."""
    for key, item in catalogue.items:
        if (count := len(list(item.questions()))) < _FEW_QUESTIONS:
            problem = f"只有{count}个相似问法，请写到{_FEW_QUESTIONS}个以上"
            yield catalogue.problem(key, "similar_questions", problem, WARNING)


def facets_of_what_is_sold(catalogue: Catalogue) -> Iterator[Problem]:
    """Business on sale with a price, but without price, opening, cancelling or effect."""
    for key, item in catalogue.items:
        sold = item.sub_library is SubLibrary.BUSINESS and item.sale_status is SaleStatus.ON_SALE
        if not sold or item.tariff is None:
            continue
        if lacking := _lacking(item, _SOLD_FACETS):
            problem = f"在售业务缺少口径：{lacking}，请补写"
            yield catalogue.problem(key, "facets", problem, WARNING)


def business_without_tips(catalogue: Catalogue) -> Iterator[Problem]:
    """Business that a clerk may handle without being reminded of anything."""
    for key, item in catalogue.items:
        handled = item.tariff is not None or bool(item.actions)
        if item.sub_library is not SubLibrary.BUSINESS or _withdrawn(item) or not handled:
            continue
        if all(relation.kind is not RelationKind.TIP for relation in item.relations):
            problem = "业务没有关联提示，办理时不会提醒，请补一个kind: tip的关联"
            yield catalogue.problem(key, "relations", problem, WARNING)


def cases_without_a_story(catalogue: Catalogue) -> Iterator[Problem]:
    """Cases that do not say what happened, what was done, what was learned, and about what."""
    for key, item in catalogue.items:
        if item.sub_library is not SubLibrary.CASES:
            continue
        if lacking := _lacking(item, _CASE_FACETS):
            yield catalogue.problem(key, "facets", f"案例缺少：{lacking}，请补写", WARNING)
        if not item.relations:
            problem = "案例没有关联任何条目，请补上涉及的业务、提示或操作"
            yield catalogue.problem(key, "relations", problem, WARNING)


def screens_without_steps(catalogue: Catalogue) -> Iterator[Problem]:
    """Screens of BOSS whose item does not lead through them step by step."""
    for key, item in catalogue.items:
        if item.sub_library is not SubLibrary.TECHNICAL or not item.screens or _withdrawn(item):
            continue
        if not any(facet.kind is FacetKind.OPERATION and facet.steps for facet in item.facets):
            problem = "界面没有分步操作说明，请在operation口径里写steps"
            yield catalogue.problem(key, "facets", problem, WARNING)


def held_but_orderable(catalogue: Catalogue) -> Iterator[Problem]:
    """What is no longer sold must not carry the means to order it."""
    for key, item in catalogue.items:
        if item.sale_status is SaleStatus.ON_SALE:
            continue
        for n, action in enumerate(item.actions):
            if action.kind.value == "open":
                problem = f"{item.sale_status.label}的业务不能再有办理入口，请删去这个动作"
                yield catalogue.problem(key, f"actions[{n}]", problem)


def unused_templates(catalogue: Catalogue) -> Iterator[Problem]:
    """Templates that no item offers and no event triggers: nobody will ever send them."""
    if not catalogue.items:
        return
    offered = {own for _, item in catalogue.items for own in item.templates}
    for key, template in catalogue.templates:
        if template.family not in offered and template.trigger is None:
            problem = "没有条目引用这个模板，请在相关条目的templates里写上它"
            yield catalogue.problem(key, "id", problem, WARNING)


def sold_without_template(catalogue: Catalogue) -> Iterator[Problem]:
    """Products on sale without any message that could be sent after an enquiry."""
    if not catalogue.templates:
        return
    for key, item in catalogue.items:
        sold = item.sub_library is SubLibrary.BUSINESS and item.sale_status is SaleStatus.ON_SALE
        if sold and item.tariff is not None and not item.templates:
            yield catalogue.problem(
                key, "templates", "在售业务没有推送模板，答完无法发给客户，请补上", WARNING
            )


def _lacking(item: KnowledgeItem, wanted: tuple[FacetKind, ...]) -> str:
    kinds = {facet.kind for facet in item.facets}
    return "、".join(kind.label for kind in wanted if kind not in kinds)


def _withdrawn(item: KnowledgeItem) -> bool:
    return item.sale_status is SaleStatus.WITHDRAWN
