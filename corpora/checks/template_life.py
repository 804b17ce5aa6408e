"""Checks on the life of push templates: approvals, local variants, dates and triggers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from corpora.catalogue import WARNING, Catalogue
from corpora.checks.templates import texts_of
from corpora.messages import nearest
from corpora.push_template import Purpose, PushChannel, PushTemplate, Situation
from corpora.source import Problem
from corpora.template_life import content_code
from corpora.triggers import TriggerEvent
from corpora.types import FieldError, KnowledgeItem
from corpora.versions import OPEN_FROM, OPEN_TO

_SENT: Final = frozenset({PushChannel.SMS, PushChannel.MMS})
_ENDS: Final = frozenset(
    {
        TriggerEvent.TRIAL_ENDS,
        TriggerEvent.DISCOUNT_ENDS,
        TriggerEvent.CONTRACT_ENDS,
        TriggerEvent.PRODUCT_ENDS,
    }
)
_SAID_ONLY: Final = ("不回复", "不确认", "未确认", "没有确认", "不回的")
_SITUATIONS: Final[Mapping[bool, frozenset[Situation]]] = {
    True: frozenset({Situation.REMINDER}),
    False: frozenset({Situation.AFTER, Situation.ENQUIRY}),
}


def approvals(catalogue: Catalogue) -> Iterator[Problem]:
    """Marketing that nobody approved, approvals of other words, or given after it was in force."""
    for key, template in catalogue.templates:
        code = content_code(template)
        if template.approved_on is None:
            if template.purpose is Purpose.MARKETING:
                problem = (
                    "营销模板没有批准，只能预览，不能发送；批准后写上approved_by、approved_on和"
                    f"approved_content: “{code}”"
                )
                yield catalogue.problem(key, "approved_by", problem, WARNING)
            continue
        if template.approved_content != code:
            problem = (
                f"内容和批准时的不同，不能发送；重新批准后更新日期，并把这里改为“{code}”（加引号）"
            )
            yield catalogue.problem(key, "approved_content", problem)
        if template.effective_from and template.approved_on > template.effective_from:
            problem = f"批准日期晚于生效日期{template.effective_from}，请改正其一"
            yield catalogue.problem(key, "approved_on", problem)


def local_variants(catalogue: Catalogue) -> Iterator[Problem]:
    """Local variants of nothing, of another kind than their base, or two for one place at a time."""
    bases = catalogue.template_of
    holding: dict[tuple[str, str], list[PushTemplate]] = {}
    for key, template in catalogue.templates:
        if not template.variant_of or template.region is None:
            continue
        try:
            catalogue.knowledge.regions.find(template.region.path)
        except FieldError as error:
            yield catalogue.problem(key, "region", error.problem)
        earlier = holding.setdefault((template.variant_of, template.region.path), [])
        for other in earlier:
            if _meet(_days(template), _days(other)):
                problem = f"{other.id}已是{template.region.path}的地方版本，日期重叠，请只留一个"
                yield catalogue.problem(key, "region", problem)
        earlier.append(template)
        base = bases.get(template.variant_of)
        if base is None:
            if f"templates/{template.variant_of}" not in catalogue.places:
                problem = (
                    f"没有模板{template.variant_of}{nearest(template.variant_of, bases)}，请改正"
                )
                yield catalogue.problem(key, "variant_of", problem)
        elif base.variant_of:
            problem = f"{base.id}自己是地方版本，请改为{base.variant_of}"
            yield catalogue.problem(key, "variant_of", problem)
        else:
            for field, name in _differences(template, base):
                problem = f"{name}和基础模板{base.id}不同，地方版本只能改文字、日期和归属"
                yield catalogue.problem(key, field, problem)


def _differences(template: PushTemplate, base: PushTemplate) -> Iterator[tuple[str, str]]:
    for field, name in (
        ("channel", "渠道"),
        ("purpose", "用途"),
        ("situation", "场景"),
        ("trigger", "触发"),
    ):
        if getattr(template, field) != getattr(base, field):
            yield field, name
    if _gaps(template) != _gaps(base):
        yield "placeholders", "变量"


def _gaps(template: PushTemplate) -> set[tuple[str, str, str]]:
    return {(gap.name, gap.type.value, gap.source) for gap in template.placeholders}


def windows(catalogue: Catalogue) -> Iterator[Problem]:
    """Templates that begin after all items that offer them, or never hold with their base."""
    offering: dict[str, list[KnowledgeItem]] = {}
    for _, item in catalogue.items:
        for own in item.templates:
            offering.setdefault(own, []).append(item)
    for key, template in catalogue.templates:
        days = _days(template)
        base = catalogue.template_of.get(template.variant_of)
        if base is not None and not _meet(days, _days(base)):
            yield catalogue.problem(key, "effective_to", f"和基础模板{base.id}没有同时有效的日子")
        items = offering.get(template.id, [])
        first, ends = days[0], [_days(item)[1] for item in items]
        if ends and first > max(ends):  # one that ended before is found with the item
            problem = (
                f"生效时引用它的{'、'.join(item.id for item in items[:3])}都已失效，请改正日期"
            )
            yield catalogue.problem(key, "effective_from", problem, WARNING)


def _days(thing: PushTemplate | KnowledgeItem) -> tuple[dt.date, dt.date]:
    return thing.effective_from or OPEN_FROM, thing.effective_to or OPEN_TO


def _meet(one: tuple[dt.date, dt.date], other: tuple[dt.date, dt.date]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def triggers(catalogue: Catalogue) -> Iterator[Problem]:
    """Triggers of what nobody sees, of the wrong moment, that sell at an end or leave silence open."""
    for key, template in catalogue.templates:
        if (trigger := template.trigger) is None:
            continue
        event = trigger.event
        if template.channel not in _SENT:
            problem = (
                f"{template.channel.value}要有人在场才看得到，不能由事件触发，请改用短信或彩信"
            )
            yield catalogue.problem(key, "trigger", problem)
        if template.situation not in _SITUATIONS[event.is_foreseen]:
            fitting = "、".join(sorted(_SITUATIONS[event.is_foreseen]))
            problem = f"“{event.label}”触发的模板，场景应为{fitting}"
            yield catalogue.problem(key, "situation", problem)
        if event in _ENDS and template.purpose is Purpose.MARKETING:
            problem = f"“{event.label}”是要告知客户的事，不能当作营销来发，请把用途改为notice"
            yield catalogue.problem(key, "purpose", problem)
        if event is TriggerEvent.TRIAL_ENDS:
            for path, text in texts_of(template):
                if path == "body" and not any(words in text for words in _SAID_ONLY):
                    problem = "体验到期的提醒要写明客户不回复（不确认）就到期失效、不收费"
                    yield catalogue.problem(key, path, problem)
