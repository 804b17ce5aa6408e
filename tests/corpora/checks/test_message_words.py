"""Messages order nothing by silence, show the way out, and name only numbers that are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpora.push_template import Placeholder, PlaceholderType, PushTemplate, Situation
from corpora.source import Severity
from tests.corpora.builders import make_item, make_template, only, problems_of

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def found(template: PushTemplate, field: str, says: str, severity: Severity = ERROR) -> None:
    problem = only(problems_of(template))
    assert (problem.field, problem.severity) == (field, severity)
    assert says in problem.problem


@pytest.mark.parametrize(
    "body",
    [
        "体验到期，如未及时回复视为同意开通。",
        "体验到期后自动转为收费，详询10086。",
        "三日内不回复则默认续订，退订发TD。",
    ],
)
def test_silence_never_orders(body: str) -> None:
    found(make_template(body), "body", "明确回复")


def test_a_message_that_takes_an_order_says_price_hotline_and_what_silence_means() -> None:
    bare = make_template("办理流量包，同意请回复Y。", situation=Situation.AT)
    found(bare, "body", "价格、客服电话10086、不回复就不办理")
    whole = "流量包每月{{ fee }}，同意请回复Y；不回复不办理。咨询10086。"
    assert not problems_of(make_template(whole, situation=Situation.AT))


def test_what_renews_itself_can_be_cancelled() -> None:
    found(make_template("流量包每月1日自动续订。"), "body", "退订")
    assert not problems_of(make_template("流量包每月1日自动续订，发TD到10086退订。"))
    assert not problems_of(make_template("流量包用完为止，不自动续订。"))


def test_what_was_handled_is_told_whole() -> None:
    found(make_template("您已成功办理流量包。"), "body", "费用、生效时间、怎么取消", WARNING)
    whole = "您已成功办理流量包，每月{{ fee }}，今日生效，发TD到10086退订。"
    assert not problems_of(make_template(whole))


@pytest.mark.parametrize(
    "body",
    ["点 https://evil.example/a 领取。", "请打开www.evil.cn看。", "登录evil-10086.com办理。"],
)
def test_links_come_from_the_list(body: str) -> None:
    found(make_template(body), "body", "名单")


@pytest.mark.parametrize(
    "body", ["详询请拨95566。", "请致电：106900112233。", "发TD到10690011退订。"]
)
def test_numbers_come_from_the_list(body: str) -> None:
    found(make_template(body), "body", "名单")


@pytest.mark.parametrize(
    "body", ["详询请拨10086。", "被骗请拨110。", "发TD到10086退订。", "优惠到2026年12月结束。"]
)
def test_known_numbers_and_dates_are_fine(body: str) -> None:
    assert not problems_of(make_template(body))


def test_the_port_of_an_item_is_known() -> None:
    template = make_template("发TD到10086，或拨10086。")
    assert not problems_of(make_item(templates=("tpl-pack",)), template)


@pytest.mark.parametrize(
    "body", ["请您给个好评，评价这次服务。", "请打分，恳请您回5。", "参加问卷赠送话费。"]
)
def test_a_survey_says_not_which_answer_is_wanted(body: str) -> None:
    found(make_template(body), "body", "中性")
    assert not problems_of(make_template("请您评价这次服务：1满意，2一般，3不满意。"))


@pytest.mark.parametrize("body", ["您现在位于海边。", "按您的行踪，为您推荐。", "您常驻地有活动。"])
def test_no_message_tells_where_somebody_was(body: str) -> None:
    found(make_template(body), "body", "行踪")


def test_no_message_has_a_gap_for_where_somebody_was() -> None:
    gap = Placeholder("cell_id", PlaceholderType.TEXT, label="小区")
    found(make_template("您好{{ cell_id }}。", gap), "placeholders[0].name", "行踪")
    place = replace(gap, name="place")
    assert not problems_of(make_template("{{ place }}一带正在抢修。", place))
