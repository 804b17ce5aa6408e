"""Checks on push templates: sources, doubled units, and what no message may ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpora.catalogue import WARNING, Catalogue
from corpora.push_template import (
    PLACEHOLDER,
    PlaceholderType,
    PushTemplate,
    Situation,
    known_source,
    said,
    source_value,
)
from corpora.source import Problem

_SECRET: Final = re.compile(r"密码|验证码|校验码|动态码|口令")
_ASKS: Final = re.compile(
    r"(?:回复|发送?|回传|提供|告知|告诉|输入|填写|报上?|说出|念|上传|提交|编辑)[^。；！？]{0,14}"
    r"(?:密码|验证码|校验码|动态码|口令)"
    r"|(?:密码|验证码|校验码|动态码|口令)[^。；！？]{0,6}(?:发送?|回复|告诉|告知|提供|报|念|给)(?!短信)"
)
LONGEST_LABEL: Final = 12  # characters that fit beside a field
_REFUSES: Final = re.compile(r"不|勿|别|切忌|谨防|警惕|索要|泄露|无需|无须")
_CLAUSE: Final = re.compile(r"[。；！？;!?，,]")
_MONEY_SIGN: Final = re.compile(r"[¥￥$]\s*$")


def unknown_sources(catalogue: Catalogue) -> Iterator[Problem]:
    """Placeholders that want something which messages may not take from an item."""
    for key, template in catalogue.templates:
        for n, placeholder in enumerate(template.placeholders):
            if placeholder.source and not known_source(placeholder.source):
                problem = (
                    f"来源{placeholder.source}不可用；可用：item.title、item.tariff.<金额或数量字段>、"
                    "item.effective_to、item.actions.<open等>.sms"
                )
                yield catalogue.problem(key, f"placeholders[{n}].source", problem)


def unfilled_sources(catalogue: Catalogue) -> Iterator[Problem]:
    """Items whose templates take a field that the item does not have, or none that it could."""
    for key, item in catalogue.items:
        for n, own in enumerate(item.templates):
            if (template := catalogue.template_of.get(own)) is None:
                continue
            lacking = [
                placeholder.source
                for placeholder in template.placeholders
                if placeholder.source
                and placeholder.name in template.required
                and known_source(placeholder.source)
                and not source_value(item, placeholder.source)
            ]
            if lacking:
                problem = f"模板{own}要用本条目没有的{'、'.join(lacking)}，请补上或换模板"
                yield catalogue.problem(key, f"templates[{n}]", problem, WARNING)


def enquiry_gaps(catalogue: Catalogue) -> Iterator[Problem]:
    """Enquiry templates that no item can fill alone, so that an answer cannot show them whole."""
    for key, template in catalogue.templates:
        if template.situation is not Situation.ENQUIRY:
            continue
        for n, placeholder in enumerate(template.placeholders):
            if not placeholder.source and placeholder.name in template.required:
                problem = f"咨询场景的变量{placeholder.name}没有来源，答复无法整条预览，请写source"
                yield catalogue.problem(key, f"placeholders[{n}]", problem, WARNING)


def unnamed_gaps(catalogue: Catalogue) -> Iterator[Problem]:
    """Gaps that somebody fills by hand and that have no Chinese name to ask for them."""
    for key, template in catalogue.templates:
        for n, placeholder in enumerate(template.placeholders):
            path = f"placeholders[{n}].label"
            if len(placeholder.label) > LONGEST_LABEL:
                problem = f"叫法“{placeholder.label}”超过{LONGEST_LABEL}个字，界面放不下，请缩短"
                yield catalogue.problem(key, path, problem)
            elif not placeholder.source and not placeholder.label.strip():
                problem = f"变量{placeholder.name}要由人填写，请写label，例如“生效日期”"
                yield catalogue.problem(key, path, problem, WARNING)


def doubled_units(catalogue: Catalogue) -> Iterator[Problem]:
    """元 after a money placeholder, 年月日 after a date: both come with the value."""
    for key, template in catalogue.templates:
        types = {placeholder.name: placeholder.type for placeholder in template.placeholders}
        for path, text in texts_of(template):
            for gap in PLACEHOLDER.finditer(text):
                after = text[gap.end() :].lstrip()[:1]
                kind = types[gap[1]]
                money = kind is PlaceholderType.MONEY
                if money and (after in ("元", "块") or _MONEY_SIGN.search(text[: gap.start()])):
                    problem = f"{gap[0]}自带“元”，请删去旁边的“{after or '¥'}”"
                    yield catalogue.problem(key, path, problem)
                if kind is PlaceholderType.DATETIME and after and after in "年月日号":
                    problem = f"{gap[0]}是完整日期，请删去后面的“{after}”"
                    yield catalogue.problem(key, path, problem)


def asked_secrets(catalogue: Catalogue) -> Iterator[Problem]:
    """Messages that ask for a password or a code; a warning not to tell them is welcome."""
    for key, template in catalogue.templates:
        for path, text in texts_of(template):
            for clause in _CLAUSE.split(text):
                if _SECRET.search(clause) and _ASKS.search(clause) and not _REFUSES.search(clause):
                    problem = f"“{clause.strip()}”向客户索要密码或验证码，任何短信都不允许，请删去"
                    yield catalogue.problem(key, path, problem)


def texts_of(template: PushTemplate) -> Iterator[tuple[str, str]]:
    """Each text as it reads when everything in it is said."""
    names = {placeholder.name for placeholder in template.placeholders}
    yield "body", said(template.body, names)
    for n, part in enumerate(template.parts):
        if part.text:
            yield f"parts[{n}].text", said(part.text, names)
