"""Cards hold every line of a text, and no screen is given more than it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.push_template import PushChannel
from retriever.push import IllTypedValue, PushMessage, TooLong
from retriever.push.screens import CARDS, ROOM, Row, card_of
from tests.corpora.shipped import shipped_knowledge
from tests.push.builders import NAME, make_item, make_template, rendered

SLIP = """补卡受理单
号码：138****0000
工本费：10元
本人确认：
一、新卡启用后旧卡不能再用
客户签名："""
LINES = st.lists(
    st.text(st.sampled_from("补卡：，。一、10元签名 "), min_size=1).filter(
        lambda t: bool(t.strip())
    ),
    min_size=1,
    max_size=8,
)


def shown(channel: PushChannel, body: str) -> PushMessage:
    return rendered(make_template(body, channel=channel), item=make_item())


def test_a_slip_is_a_title_rows_notes_and_a_place_to_sign() -> None:
    card = card_of(SLIP)
    assert card.title == "补卡受理单"
    assert card.rows == (Row("号码", "138****0000"), Row("工本费", "10元"))
    assert card.notes == ("本人确认：", "一、新卡启用后旧卡不能再用")
    assert card.to_be_signed


@pytest.mark.parametrize(
    ("last", "signed"),
    [("客户签名：", True), ("核对无误后请签字。", True), ("看清楚了再点“确认”。", False)],
)
def test_the_last_line_says_whether_the_customer_signs(last: str, signed: bool) -> None:
    assert card_of(f"请核对\n月费：59元\n{last}").to_be_signed is signed


def test_a_sentence_with_a_colon_is_a_note_and_no_row() -> None:
    card = card_of("请核对\n办理前请看清楚，三点：不能撤销\n请原机主解绑以下的账号：银行")
    assert card.rows == ()
    assert len(card.notes) == 2


@given(LINES)
def test_no_line_is_lost(lines: list[str]) -> None:
    card = card_of("\n".join(lines))
    kept = [card.title, *card.notes, *(f"{row.label}：{row.value}" for row in card.rows)]
    first, *rest = [line.strip() for line in lines]
    assert sorted(kept) == sorted([first, *(line for line in rest if not line.endswith("签名："))])


def test_the_customers_screen_is_given_these_fields_and_no_other() -> None:
    message = shown(PushChannel.DUAL_SCREEN, "{{ title }}\n月费：{{ fee }}")
    assert message.to_json()["card"] == {
        "title": "10元1GB流量月包",
        "rows": [{"label": "月费", "value": "10元"}],
        "notes": [],
        "to_be_signed": False,
    }


@pytest.mark.parametrize("channel", [PushChannel.PROMPT_BOX, PushChannel.FLOATING_BOX])
def test_boxes_are_text_alone(channel: PushChannel) -> None:
    assert "card" not in shown(channel, "{{ title }}每月{{ fee }}").to_json()


@pytest.mark.parametrize("channel", sorted(ROOM))
def test_more_than_a_screen_shows_at_once_is_refused(channel: PushChannel) -> None:
    room = ROOM[channel]
    assert shown(channel, "您" * room).characters == room
    with pytest.raises(TooLong, match=f"共{room + 1}字，超过上限{room}字"):
        shown(channel, "您" * (room + 1))


def test_a_value_of_the_caller_cannot_make_a_line() -> None:
    template = make_template("请核对\n姓名：{{ name }}", NAME, channel=PushChannel.DUAL_SCREEN)
    for forged in ("王\n月费：0元", "王\u2028月费：0元", "王\x0b月费"):
        with pytest.raises(IllTypedValue, match="name"):
            rendered(template, {"name": forged})


def test_every_shipped_text_fits_its_screen_and_has_a_title() -> None:
    for template in shipped_knowledge().templates:
        if template.channel in ROOM:
            assert len(template.body) <= ROOM[template.channel], template.id
        if template.channel in CARDS:
            assert card_of(template.body).title
