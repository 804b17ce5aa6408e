"""Checks on the words of push templates: orders, ways out, links, numbers, surveys, whereabouts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpora.amounts import Unit, amounts
from corpora.catalogue import WARNING, Catalogue
from corpora.checks.privacy import PHONE
from corpora.checks.templates import texts_of
from corpora.checks.wording import SILENCE
from corpora.push_template import PlaceholderType, PushTemplate, Situation
from corpora.source import Problem
from corpora.types import Channel

HOTLINE: Final = "10086"
KNOWN_NUMBERS: Final = frozenset({HOTLINE, "110", "119", "120", "122", "96110", "12321", "12381"})
"""Numbers that customers may be told to call besides the ports of items: ours and the nation's."""
KNOWN_HOSTS: Final[frozenset[str]] = frozenset()
"""Hosts that a link may lead to. None so far: messages name the menu of the app instead."""

_LINK: Final = re.compile(
    r"(?:https?://|www\.)(?P<host>[A-Za-z0-9.-]+)"
    r"|(?<![A-Za-z0-9@.-])(?P<bare>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
    r"\.(?:com|cn|net|org|cc|top|vip|xyz|info|app|link))(?![A-Za-z])",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"(?:拨打?|致电|回拨|来电|电话|热线|(?<=[A-Za-z0-9}\s])到|专线|联系)[“（(:：\s]*(?P<number>[0-9][0-9-]{2,14})(?![0-9]*[年月日元分秒个天号点%GMK.、至])"
)
_REPLY_ORDERS: Final = re.compile(r"回复?\s*[“\"]?[Yy是][”\"]?(?![a-z])")
_ORDERING: Final = frozenset({Situation.AT, Situation.REMINDER})
_SILENCE_IS_NO: Final = re.compile(
    r"(?:不|未|没有?)(?:回复|确认)[^。]{0,16}(?:不|失效|停)|没有您的明确回复"
)
_RENEWS: Final = re.compile(r"(?<!不)自动续订|按月续订|按月自动|每月自动")
_HANDLED: Final = re.compile(r"已(?:为您)?成功(?:办理|开通|订购)")
_WAY_OUT: Final = re.compile(r"退订|取消|撤销|关闭|停用|不能退|退不用|退掉|退出|拆机|解除")
_FROM_WHEN: Final = re.compile(r"生效|起|即刻|当天")
_ASKS_FOR_A_SCORE: Final = re.compile(r"评分|打分|评价|问卷|满意度|满意吗|满意请")
_STEERS: Final = re.compile(
    r"好评|满分|高分|务必|恳请|拜托|支持我|鼓励|十分满意|非常满意(?!、)|5分(?:为佳|好评)|奖励|赠送|送[0-9]"
)
_WHEREABOUTS: Final = re.compile(
    r"您(?:目前|现在|当前|正)?(?:位于|所在的?(?:基站|小区|位置))|行踪|轨迹|经纬度|常驻地|基站(?:编号|位置|记录)|定位到您|驻留"
)
_WHERE_NAMES: Final = re.compile(
    r"(?:^|_)(?:location|position|cell|lac|lat|lng|trace|track|station|gps)(?:_|$)"
)


def silent_orders(catalogue: Catalogue) -> Iterator[Problem]:
    """Messages that take silence for an order, or let a trial turn into a charge by itself."""
    for key, template in catalogue.templates:
        for path, text in texts_of(template):
            if found := SILENCE.search(text):
                problem = f"“{found[0]}”把不回复当成同意，请改成客户明确回复才办理"
                yield catalogue.problem(key, path, problem)


def orders_by_reply(catalogue: Catalogue) -> Iterator[Problem]:
    """Messages that a reply turns into an order, without price, hotline or what silence means."""
    for key, template in catalogue.templates:
        if template.situation not in _ORDERING:  # others tell how to get the message that asks
            continue
        for path, text in texts_of(template):
            if path != "body" or not _REPLY_ORDERS.search(text):
                continue
            lacking = [] if _has_price(template, text) else ["价格"]
            lacking += [] if HOTLINE in text else ["客服电话10086"]
            lacking += [] if _SILENCE_IS_NO.search(text) else ["不回复就不办理"]
            if lacking:
                problem = f"回复就能办理的短信要写明{'、'.join(lacking)}"
                yield catalogue.problem(key, path, problem)


def ways_out(catalogue: Catalogue) -> Iterator[Problem]:
    """Messages on what renews itself, or was just ordered, that do not say how it is cancelled."""
    for key, template in catalogue.templates:
        for path, text in texts_of(template):
            if path != "body":
                continue
            if _RENEWS.search(text) and not _WAY_OUT.search(text):
                problem = "提到自动续订要写明怎么退订"
                yield catalogue.problem(key, path, problem)
            elif _HANDLED.search(text):
                lacking = [] if _has_price(template, text) else ["费用"]
                lacking += [] if _FROM_WHEN.search(text) else ["生效时间"]
                lacking += [] if _WAY_OUT.search(text) else ["怎么取消"]
                if lacking:
                    problem = f"办理成功的通知要写明{'、'.join(lacking)}"
                    yield catalogue.problem(key, path, problem, WARNING)


def unlisted_links(catalogue: Catalogue) -> Iterator[Problem]:
    """Links to hosts that nobody put on the list."""
    for key, template in catalogue.templates:
        for path, text in texts_of(template):
            for found in _LINK.finditer(text):
                host = (found["host"] or found["bare"]).casefold().rstrip(".")
                if host not in KNOWN_HOSTS:
                    problem = f"链接{host}不在允许的名单里，请删去，改写成APP里的菜单"
                    yield catalogue.problem(key, path, problem)


def unlisted_numbers(catalogue: Catalogue) -> Iterator[Problem]:
    """Numbers to call or to write to that are neither known nor the port of an item."""
    ports = {
        action.target.rpartition("@")[2]
        for _, item in catalogue.items
        for action in item.actions
        if action.channel is Channel.SMS
    }
    for key, template in catalogue.templates:
        for path, text in texts_of(template):
            for found in _NUMBER.finditer(text):
                number = found["number"].replace("-", "")
                if PHONE.fullmatch(found["number"]):
                    continue  # somebody's: that is said once
                if number not in KNOWN_NUMBERS | ports:
                    problem = f"号码{number[:3]}…不在允许的名单里，请改为10086或登记过的号码"
                    yield catalogue.problem(key, path, problem)


def steered_surveys(catalogue: Catalogue) -> Iterator[Problem]:
    """Surveys that say which answer is wanted: such scores measure nothing."""
    for key, template in catalogue.templates:
        for path, text in texts_of(template):
            if _ASKS_FOR_A_SCORE.search(text) and (found := _STEERS.search(text)):
                problem = f"“{found[0]}”在引导客户打高分，请改成中性的问法"
                yield catalogue.problem(key, path, problem)


def whereabouts(catalogue: Catalogue) -> Iterator[Problem]:
    """Messages that tell, or have a gap for, where somebody was."""
    for key, template in catalogue.templates:
        for path, text in texts_of(template):
            if found := _WHEREABOUTS.search(text):
                problem = f"“{found[0]}”涉及客户行踪，消息里不能用，请删去"
                yield catalogue.problem(key, path, problem)
        for n, gap in enumerate(template.placeholders):
            if _WHERE_NAMES.search(gap.name):
                problem = f"变量{gap.name}涉及客户行踪，消息里不能用，请删去"
                yield catalogue.problem(key, f"placeholders[{n}].name", problem)


def _has_price(template: PushTemplate, text: str) -> bool:
    money = any(gap.type is PlaceholderType.MONEY for gap in template.placeholders)
    named = any(gap.name in ("fee", "price", "amount") for gap in template.placeholders)
    stated = any(amount.unit is Unit.MONEY for amount in amounts(text))
    return money or named or stated or "不收" in text
