"""Push templates take what items have, double no unit and ask for no secret."""

from __future__ import annotations

import pytest

from corpora.push_template import Placeholder, PlaceholderType, Situation
from corpora.source import Severity
from tests.corpora.builders import (
    DATE,
    make_item,
    make_template,
    only,
    problems_of,
)

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def test_a_template_takes_nothing_from_a_facet() -> None:
    gap = Placeholder("gap", PlaceholderType.TEXT, source="item.facets.price")
    problem = only(problems_of(make_template("说明{{ gap }}。", gap)))
    assert (problem.field, problem.severity) == ("placeholders[0].source", ERROR)


def test_an_item_has_what_its_template_takes() -> None:
    item = make_item(templates=("tpl-pack",), tariff=None)
    problem = only(problems_of(item, make_template()))
    assert (problem.field, problem.severity) == ("templates[0]", WARNING)
    assert "item.tariff.monthly_fee" in problem.problem


def test_an_enquiry_template_needs_no_caller() -> None:
    template = make_template("{{ date }}生效。", DATE, situation=Situation.ENQUIRY)
    assert only(problems_of(template)).severity is WARNING


def test_what_somebody_fills_by_hand_has_a_name_that_fits() -> None:
    unnamed = Placeholder("date", PlaceholderType.DATETIME)
    problem = only(problems_of(make_template("{{ date }}起生效。", unnamed)))
    assert (problem.field, problem.severity) == ("placeholders[0].label", WARNING)
    long = Placeholder("date", PlaceholderType.DATETIME, label="业务办理成功以后开始生效的日期")
    problem = only(problems_of(make_template("{{ date }}起生效。", long)))
    assert (problem.field, problem.severity) == ("placeholders[0].label", ERROR)
    assert not problems_of(make_template("{{ date }}起生效。", DATE))


@pytest.mark.parametrize("body", ["每月{{ fee }}元。", "每月{{ fee }}块。", "每月￥{{ fee }}。"])
def test_money_is_not_doubled(body: str) -> None:
    problem = only(problems_of(make_template(body)))
    assert (problem.field, problem.severity) == ("body", ERROR)


def test_a_date_is_not_doubled() -> None:
    assert "日" in only(problems_of(make_template("{{ date }}日生效。", DATE))).problem
    assert not problems_of(make_template("{{ date }}起生效。", DATE))


@pytest.mark.parametrize(
    "body", ["请回复服务密码办理。", "请把验证码发给我们。", "办理请输入短信验证码。"]
)
def test_a_message_that_asks_for_a_secret_is_an_error(body: str) -> None:
    assert "索要" in only(problems_of(make_template(body))).problem


@pytest.mark.parametrize(
    "body", ["请勿把验证码告诉任何人。", "工作人员不会要您提供密码。", "您的服务密码已修改。"]
)
def test_a_message_that_guards_a_secret_is_fine(body: str) -> None:
    assert not problems_of(make_template(body))
