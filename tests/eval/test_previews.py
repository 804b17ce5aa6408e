"""Messages beside an answer: the right ones, as they will be sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.push_template import (
    Placeholder,
    PlaceholderType,
    Purpose,
    PushChannel,
    PushTemplate,
    Situation,
)
from eval.faqset import Expectation
from eval.previews import preview_problems
from retriever.answer import Outcome
from retriever.push import PushPreview, PushSettings, preview, split_sms
from tests.eval.builders import make_item, make_view

SIGNED = "【示例移动】"
FAMILY = Expectation(Outcome.ANSWERED, ("biz-family",))


def sms(text: str, **changes: Any) -> dict[str, Any]:
    """A preview as the product shows it."""
    known = {"template_id": "tpl-a", "channel": PushChannel.SMS, "preview": text}
    return {**known, "segments": len(split_sms(text).segments), "missing": [], **changes}


def make_template(template_id: str = "tpl-a", body: str = "亲情网月月省心。") -> PushTemplate:
    return PushTemplate(
        template_id,
        "咨询回复",
        PushChannel.SMS,
        Purpose.NOTICE,
        Situation.ENQUIRY,
        body,
        tuple(
            Placeholder(name, PlaceholderType.TEXT, example="甲")
            for name in ("name",)
            if name in body
        ),
    )


def problems(*push: dict[str, Any], expect: Expectation = FAMILY) -> list[str]:
    return preview_problems(expect, push, None)


@pytest.mark.parametrize(
    "text", [f"{SIGNED}亲情网每月5元。", f"亲情网每月5元。{SIGNED}", f"{SIGNED}{'字' * 300}"]
)
def test_a_signed_and_counted_message_is_right(text: str) -> None:
    assert problems(sms(text)) == []


@pytest.mark.parametrize(
    ("message", "flaw"),
    [
        (sms("亲情网每月5元。"), "没有签名"),
        (sms(f"您好，{SIGNED}亲情网每月5元。"), "没有签名"),
        (sms("【】亲情网每月5元。"), "没有签名"),
        (sms(f"{SIGNED}每月{{{{ fee }}}}。"), "有没填的占位符"),
        (sms(f"{SIGNED}{{% if a %}}"), "有没填的占位符"),
        (sms(f"{SIGNED}{'字' * 65}", segments=1), "条数应为 2，写的是 1"),
        (sms(f"{SIGNED}您好", segments=0), "条数应为 1，写的是 0"),
        (sms(f"{SIGNED}您好", segments=None), "条数应为 1，写的是 None"),
        (sms(" ", segments=1), "是空的"),
    ],
)
def test_a_flaw_of_a_message_is_named_with_its_template(message: dict[str, Any], flaw: str) -> None:
    assert f"预览 tpl-a：{flaw}" in problems(message)


@pytest.mark.parametrize("channel", [PushChannel.MMS, PushChannel.DUAL_SCREEN])
def test_only_short_messages_are_signed_and_counted(channel: PushChannel) -> None:
    assert problems(sms("您好", channel=channel, segments=0)) == []
    assert problems(sms("{{ x }}", channel=channel)) == ["预览 tpl-a：有没填的占位符"]


def test_a_gap_that_the_clerk_fills_is_no_flaw() -> None:
    template = make_template(body="{{ name }}，亲情网月月省心。")
    shown = preview(
        template,
        make_item(),
        item_version="1",
        settings=PushSettings(signature="示例移动"),
        load_image=lambda _: b"",
    )

    assert isinstance(shown, PushPreview)
    assert shown.missing == ("name",)
    assert problems(shown.to_json()) == []


def test_a_forbidden_fact_in_a_message_is_wrong() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), must_not_contain=("6元",))

    assert problems(sms(f"{SIGNED}每月六块。"), expect=expect) == ["预览 tpl-a：不该说 6元"]
    assert problems(sms(f"{SIGNED}每月16元。"), expect=expect) == []


def test_one_of_the_expected_templates_is_enough() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), templates=("tpl-a", "tpl-b"))

    assert problems(sms(f"{SIGNED}您好", template_id="tpl-b"), expect=expect) == []
    assert problems(sms(f"{SIGNED}您好", template_id="tpl-c"), expect=expect) == [
        "没有预览模板 tpl-a、tpl-b 中的任何一个"
    ]
    assert problems(expect=expect) == ["没有预览模板 tpl-a、tpl-b 中的任何一个"]


def test_every_template_of_the_item_is_due() -> None:
    templates = [make_template("tpl-a"), make_template("tpl-b")]
    view = make_view(make_item(templates=("tpl-a", "tpl-b")), *templates)

    both = [sms(f"{SIGNED}您好", template_id=name) for name in ("tpl-a", "tpl-b")]
    assert preview_problems(FAMILY, both, view) == []
    assert preview_problems(FAMILY, both[:1], view) == ["没有预览条目的模板 tpl-b"]


@given(st.text(st.sampled_from("字a1😀。"), max_size=220).map(lambda text: SIGNED + text))
def test_segments_are_counted_as_the_sending_side_counts_them(text: str) -> None:
    assert problems(sms(text)) == []
    wrong = len(split_sms(text).segments) + 1
    assert problems(sms(text, segments=wrong)) != []


@pytest.mark.parametrize(
    ("units", "segments"), [(70, 1), (71, 2), (67 * 2, 2), (67 * 2 + 1, 3), (67 * 3, 3), (202, 4)]
)
def test_a_message_alone_holds_70_characters_and_a_part_67(units: int, segments: int) -> None:
    text = SIGNED + "字" * (units - len(SIGNED))

    assert problems(sms(text, segments=segments)) == []
    assert problems(sms(text, segments=segments + 1)) == [
        f"预览 tpl-a：条数应为 {segments}，写的是 {segments + 1}"
    ]


def test_an_emoji_is_two_units_and_is_never_cut() -> None:
    # the 67th unit of the first part stays free: the emoji moves to the second one
    text = SIGNED + "字" * (66 - len(SIGNED)) + "😀" + "字" * 66

    assert problems(sms(text, segments=3)) == []
    assert problems(sms(text, segments=2)) != []
