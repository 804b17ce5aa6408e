"""Orders by reply: two explicit replies, the second in time; anything else is no order."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select

from api.push.draft import Orderable
from api.push.gateways.protocol import Reply
from api.push.records import order_list
from api.push.reports import Meant, Reports, keyword
from api.push.tables import Order, State, refusals
from corpora.migrations import reading
from corpora.push_template import (
    Placeholder,
    PlaceholderType,
    Purpose,
    PushChannel,
    PushTemplate,
    Situation,
)
from tests.push.outbox.builders import (
    HASHED,
    NOON,
    NUMBER,
    POLICY,
    Clock,
    ToldGateway,
    make_draft,
    make_worker,
    put,
    row,
)

OFFERED = "1065800186" + "00"
SECOND = "10086" + "01"
TEMPLATE = PushTemplate(
    id="tpl-second",
    title="二次确认",
    channel=PushChannel.SMS,
    purpose=Purpose.NOTICE,
    situation=Situation.AT,
    body="您正在申请{{ product }}，每月{{ fee }}，{{ effect }}。同意请在{{ deadline }}前回复Y。咨询10086。",
    placeholders=(
        Placeholder("product", PlaceholderType.TEXT, source="item.title"),
        Placeholder("fee", PlaceholderType.MONEY, source="item.tariff.monthly_fee"),
        Placeholder("effect", PlaceholderType.TEXT),
        Placeholder("deadline", PlaceholderType.DATETIME),
    ),
)
OFFER = Orderable(
    item_id="flow-10",
    item_version="2",
    command="KTLLB10",
    template=TEMPLATE,
    template_version=4,
    values={"product": "流量月包10元档", "fee": "10", "effect": "办理成功即生效"},
)


class Talk:
    """A customer who was sent an offer, and what is said afterwards."""

    def __init__(self, engine: Engine, gateway: ToldGateway, clock: Clock) -> None:
        self.engine, self.gateway, self.clock = engine, gateway, clock
        self.reports = Reports(engine, POLICY, HASHED, "示例移动")
        self.worker = make_worker(engine, gateway, clock)
        draft = make_draft(purpose=Purpose.MARKETING, orderable=OFFER)
        self.offered = put(engine, draft)
        self.worker.work()

    def says(self, text: str, source: str) -> Meant | None:
        self.clock.pass_by(seconds=1)
        reply = Reply(NUMBER, source, text, self.clock.at)
        return self.reports.take_reply(reply)[1]

    def deliver(self) -> None:
        self.worker.work()

    @property
    def states(self) -> list[str]:
        return [one.state for one in order_list(self.engine, None)]


@pytest.fixture
def talk(engine: Engine, gateway: ToldGateway, clock: Clock) -> Talk:
    return Talk(engine, gateway, clock)


def test_two_explicit_replies_in_time_order(talk: Talk) -> None:
    assert talk.says("ktllb10", OFFERED) is Meant.ORDER_ASKED
    assert talk.states == [Order.ASKED]
    talk.deliver()
    second = talk.gateway.taken[-1]
    assert second.text == (
        "【示例移动】您正在申请流量月包10元档，每月10元，办理成功即生效。"
        "同意请在2026年3月2日12:30前回复Y。咨询10086。"
    )
    assert second.source == SECOND
    assert talk.says(" ｙ。", SECOND) is Meant.ORDERED
    (order,) = order_list(talk.engine, Order.ORDERED)
    assert (order.number, order.item_id, order.item_version) == (NUMBER, "flow-10", "2")
    assert (order.first_reply, order.second_reply) == ("KTLLB10", "Y")


def test_without_the_second_message_a_yes_orders_nothing(talk: Talk) -> None:
    talk.says("KTLLB10", OFFERED)
    assert talk.says("Y", SECOND) is Meant.NOT_CONFIRMED
    assert talk.states == [Order.ASKED]


def test_a_yes_to_the_offer_itself_orders_nothing(talk: Talk) -> None:
    assert talk.says("Y", OFFERED) is Meant.REPLIED
    assert talk.says("办理", OFFERED) is Meant.REPLIED
    assert talk.states == []


def test_after_its_window_a_yes_orders_nothing(talk: Talk) -> None:
    talk.says("KTLLB10", OFFERED)
    talk.deliver()
    talk.clock.at += POLICY.order_window
    assert talk.says("Y", SECOND) is Meant.TOO_LATE
    assert talk.says("Y", SECOND) is Meant.TOO_LATE
    assert talk.states == [Order.EXPIRED]


def test_silence_orders_nothing(talk: Talk) -> None:
    talk.says("KTLLB10", OFFERED)
    talk.deliver()
    assert talk.worker.sweep().expired_orders == 0
    talk.clock.at += POLICY.order_window + dt.timedelta(seconds=2)
    assert talk.worker.sweep().expired_orders == 1
    assert talk.states == [Order.EXPIRED]
    (order,) = order_list(talk.engine, None)
    assert order.number is None


@pytest.mark.parametrize("words", ["好像可以吧", "多少钱", "KTLLB10", "1", "嗯"])
def test_anything_but_an_explicit_yes_orders_nothing(talk: Talk, words: str) -> None:
    talk.says("KTLLB10", OFFERED)
    talk.deliver()
    assert talk.says(words, SECOND) is Meant.REPLIED
    assert talk.states == [Order.ASKED]


def test_a_no_ends_the_order(talk: Talk) -> None:
    talk.says("KTLLB10", OFFERED)
    talk.deliver()
    assert talk.says("N", SECOND) is Meant.ORDER_DECLINED
    assert talk.says("Y", SECOND) is Meant.TOO_LATE
    assert talk.states == [Order.DECLINED]


def test_asking_twice_sends_one_second_message(talk: Talk) -> None:
    talk.says("KTLLB10", OFFERED)
    talk.says("KTLLB10", OFFERED)
    talk.deliver()
    assert len(talk.gateway.taken) == 2
    assert talk.states == [Order.ASKED]


def test_asking_again_when_the_time_is_over_begins_anew_also_before_a_sweep(talk: Talk) -> None:
    talk.says("KTLLB10", OFFERED)
    talk.deliver()
    talk.clock.at += POLICY.order_window
    assert talk.says("KTLLB10", OFFERED) is Meant.ORDER_ASKED
    talk.deliver()
    assert talk.says("Y", "1008602") is Meant.ORDERED
    talk.worker.sweep()
    assert sorted(talk.states) == [Order.EXPIRED, Order.ORDERED]


def test_an_offer_of_long_ago_cannot_be_ordered_any_more(talk: Talk) -> None:
    talk.clock.at = NOON + POLICY.order_within
    assert talk.says("KTLLB10", OFFERED) is Meant.TOO_LATE
    assert talk.states == []


def test_a_second_message_that_is_late_is_not_sent_at_all(talk: Talk) -> None:
    talk.says("KTLLB10", OFFERED)
    talk.clock.at += POLICY.order_window
    talk.deliver()
    assert len(talk.gateway.taken) == 1
    (order,) = order_list(talk.engine, None)
    assert row(talk.engine, order.confirmation_id).state == State.DEAD


def test_the_same_reply_handed_over_twice_counts_once(talk: Talk) -> None:
    reply = Reply(NUMBER, OFFERED, "KTLLB10", NOON, gateway_id="mo-1")
    assert talk.reports.take_reply(reply)[1] is Meant.ORDER_ASKED
    assert talk.reports.take_reply(reply) == (None, None)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("R", Meant.OPTED_OUT),
        ("ｔ", Meant.OPTED_OUT),
        (" 退 订 ", Meant.OPTED_OUT),
        ("td。", Meant.OPTED_OUT),
        ("免打扰", Meant.DO_NOT_DISTURB),
        ("Thanks", Meant.REPLIED),
        ("TDLLB10", Meant.REPLIED),
    ],
)
def test_refusals_are_understood_whatever_their_width_case_and_spaces(
    talk: Talk, words: str, meant: Meant
) -> None:
    assert talk.says(words, OFFERED) is meant
    with reading(talk.engine) as connection:
        kinds = [one.kind for one in connection.execute(select(refusals))]
    wanted = {Meant.OPTED_OUT: ["marketing"], Meant.DO_NOT_DISTURB: ["all"]}
    assert kinds == wanted.get(meant, [])


def test_a_refusal_to_a_number_that_nobody_wrote_from_counts_all_the_same(talk: Talk) -> None:
    assert talk.says("T", "99999") is Meant.OPTED_OUT


def test_keywords_lose_what_people_add_by_chance() -> None:
    assert [keyword(text) for text in ("ｙ", " y ", "Y。", "是！")] == ["Y", "Y", "Y", "是"]
