"""Messages as they leave, and previews that never do."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.push_template import Placeholder, PlaceholderType, Purpose, PushChannel
from corpora.types import Tariff
from retriever.push import (
    IllTypedValue,
    MissingValue,
    PushMessage,
    PushPreview,
    PushSettings,
    TooLong,
    UnusableSetting,
)
from retriever.push.screens import CARDS
from tests.push.builders import (
    FEE,
    NAME,
    make_item,
    make_mms,
    make_template,
    only,
    picture,
    previewed,
    rendered,
    words,
)

SCREENS = [channel for channel in PushChannel if channel.value not in ("sms", "mms")]
COMMON = {
    "template_version",
    "approved",
    *("template_id", "channel", "encoding", "characters", "segments", "signature"),
    *("unsubscribe", "bytes", "missing", "warnings", "item_versions"),
}


def test_a_notice_is_signed_in_front_and_names_its_item_version() -> None:
    text = "【示例移动】10元1GB流量月包每月10元，当月生效。"
    assert rendered(make_template(), item=make_item()).to_json() == {
        "template_id": "pack-open",
        "template_version": 1,
        "approved": True,
        "channel": "sms",
        "text": text,
        "encoding": "ucs2",
        "characters": 27,
        "segments": [text],
        "signature": "示例移动",
        "unsubscribe": "",
        "bytes": 54,
        "missing": [],
        "warnings": [],
        "item_versions": ["llb-m10@3"],
        "wire": [{"header": "", "body": text.encode("utf-16-be").hex(), "data_coding": 8}],
    }


@pytest.mark.parametrize(
    ("body", "end"),
    [("快来选购", "快来选购，拒收请回复R"), ("快来选购！", "快来选购！拒收请回复R")],
)
def test_marketing_ends_with_the_way_to_refuse_and_counts_it(body: str, end: str) -> None:
    message = rendered(make_template(body, purpose=Purpose.MARKETING))
    assert message.text == f"【示例移动】{end}"
    assert message.characters == len(message.text)
    assert message.unsubscribe == "拒收请回复R"


def test_the_way_to_refuse_is_not_said_twice() -> None:
    message = rendered(make_template("快来选购，拒收请回复R。", purpose=Purpose.MARKETING))
    assert message.text == "【示例移动】快来选购，拒收请回复R。"


@pytest.mark.parametrize("purpose", [Purpose.NOTICE, Purpose.CARE])
def test_only_marketing_carries_the_way_to_refuse(purpose: Purpose) -> None:
    assert "拒收" not in rendered(make_template("您好。", purpose=purpose)).text


def test_marketing_without_a_way_to_refuse_is_not_made() -> None:
    silent = PushSettings(unsubscribe={})
    with pytest.raises(UnusableSetting, match="退订用语"):
        rendered(make_template("快来", purpose=Purpose.MARKETING), settings=silent)


@pytest.mark.parametrize("signature", ["", "短", "长" * 17, "【示例移动】", "示例\n移动"])
def test_a_signature_that_gateways_refuse_is_refused_at_once(signature: str) -> None:
    with pytest.raises(UnusableSetting, match="签名"):
        PushSettings(signature=signature)


def test_500_characters_leave_and_501_do_not() -> None:
    sign = len("【示例移动】")
    assert rendered(make_template("字" * (500 - sign))).characters == 500
    with pytest.raises(TooLong, match="共501字，超过上限500字"):
        rendered(make_template("字" * (501 - sign)))


def test_the_fallback_of_an_mms_obeys_the_same_limit() -> None:
    parts = (words("您好"),)
    with pytest.raises(TooLong):
        rendered(make_template("字" * 500, channel=PushChannel.MMS, parts=parts))


def test_two_segments_are_fine_and_three_are_a_warning() -> None:
    sign = len("【示例移动】")
    two, three = (rendered(make_template("字" * (n - sign))) for n in (134, 135))
    assert (len(two.segments or ()), two.warnings) == (2, ())
    assert (len(three.segments or ()), three.warnings) == (
        3,
        ("短信将拆成3条发送，建议缩短到2条以内",),
    )


@pytest.mark.parametrize("channel", SCREENS)
def test_screens_show_the_bare_text(channel: PushChannel) -> None:
    payload = rendered(make_template(channel=channel), item=make_item()).to_json()
    assert set(payload) == COMMON | {"text"} | ({"card"} if channel in CARDS else set())
    assert payload["text"] == "10元1GB流量月包每月10元，当月生效。"
    assert payload["segments"] is payload["encoding"] is None
    assert payload["signature"] == payload["unsubscribe"] == ""


def test_an_mms_gives_parts_and_a_fallback_instead_of_a_text() -> None:
    payload = rendered(make_mms(picture("pack.png"), words("您好"))).to_json()
    assert set(payload) == COMMON | {"parts", "fallback"}
    assert payload["fallback"] == "【示例移动】详情见彩信。"
    assert json.loads(json.dumps(payload, ensure_ascii=False)) == payload


def test_a_message_cannot_be_changed_afterwards() -> None:
    message = rendered(make_template("您好。"))
    with pytest.raises(FrozenInstanceError):
        message.text = "改"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["true", "none", "self", "if", "in", "loop", "range"])
def test_words_of_the_template_language_are_ordinary_names(name: str) -> None:
    template = make_template(f"值{{{{ {name} }}}}。", Placeholder(name, PlaceholderType.TEXT))
    assert rendered(template, {name: "甲"}).text == "【示例移动】值甲。"


def test_a_full_item_previews_as_the_message_itself() -> None:
    message = previewed(make_template(), make_item())
    assert message == rendered(make_template(), item=make_item())
    assert isinstance(message, PushMessage)
    assert message.as_preview().to_json() == {
        "template_id": "pack-open",
        "channel": "sms",
        "preview": message.text,
        "segments": 1,
        "missing": [],
        "title": make_template().title,
        "item_id": make_item().id,
        "blanks": [],
    }


def test_gaps_show_their_example_or_their_name() -> None:
    place = Placeholder("place", PlaceholderType.TEXT)
    day = Placeholder("day", PlaceholderType.DATETIME, example="2026-12-01")
    odd = Placeholder("odd", PlaceholderType.MONEY, example="十元", label="实付金额")
    body = "{{ name }}在{{ place }}于{{ day }}付{{ odd }}办{{ fee }}套餐。"
    preview = previewed(make_template(body, NAME, place, day, odd, FEE), make_item())
    assert isinstance(preview, PushPreview)
    shown = preview.to_json()
    assert shown["preview"] == (
        "【示例移动】〔王女士〕在〔place〕于〔2026年12月1日〕付〔十元〕办10元套餐。"
    )
    assert (shown["segments"], shown["missing"]) == (1, ["name", "place", "day", "odd"])
    assert shown["blanks"][1] == {  # type: ignore[index]
        "name": "place",
        "label": "place",
        "type": "TEXT",
        "max_length": 30,
        "example": "",
    }
    assert shown["blanks"][3]["label"] == "实付金额"  # type: ignore[index]


def test_a_gap_that_the_item_should_fill_but_cannot_is_missing_too() -> None:
    preview = previewed(make_template(), make_item(tariff=Tariff()))
    assert isinstance(preview, PushPreview)
    assert preview.missing == ("fee",)


def test_an_mms_with_gaps_previews_its_words_and_has_no_segments() -> None:
    template = make_template(
        "见彩信。",
        NAME,
        channel=PushChannel.MMS,
        parts=(picture("pack.png"), words("{{ name }}您好")),
    )
    preview = previewed(template)
    assert isinstance(preview, PushPreview)
    assert (preview.preview, preview.segments) == ("【示例移动】〔王女士〕您好", 0)


def test_a_preview_is_not_a_message() -> None:
    assert not isinstance(previewed(make_template("{{ name }}好", NAME)), PushMessage)


@settings(deadline=None)  # packing or compiling may wait for a busy machine
@given(st.text(max_size=40))
def test_whatever_a_caller_writes_no_brace_and_no_second_signature_survives(value: str) -> None:
    template = make_template("您好{{ gap }}，请查收。", Placeholder("gap", PlaceholderType.TEXT))
    try:
        text = rendered(template, {"gap": value or "空"}).text
    except IllTypedValue:
        return
    except MissingValue:
        assert not value.strip()
        return
    assert not set(text) & set("{}")
    assert text.count("【") == text.count("】") == 1


@settings(deadline=None)  # packing or compiling may wait for a busy machine
@given(st.text(max_size=600).filter(lambda text: text.strip() and not set(text) & set("【】{}")))
def test_segments_of_any_body_rejoin_to_its_text(body: str) -> None:
    try:
        message = rendered(make_template(body))
    except TooLong:
        return
    assert message.segments is not None
    assert "".join(message.segments) == message.text
    assert message.text == f"【示例移动】{body.strip()}".replace("\r\n", "\n").replace("\r", "\n")


def test_a_value_is_never_read_as_a_template() -> None:
    with pytest.raises(IllTypedValue):
        rendered(only(PlaceholderType.TEXT), {"gap": "{{ 7*7 }}"})
