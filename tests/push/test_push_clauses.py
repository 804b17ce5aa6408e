"""Sentences that are said only where there is something to say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.push_template import (
    MAX_CLAUSES,
    Placeholder,
    PlaceholderType,
    PushChannel,
)
from corpora.types import FieldError
from retriever.push import IllTypedValue, MissingValue, PushMessage, PushPreview
from tests.push.builders import (
    make_item,
    make_template,
    picture,
    previewed,
    rendered,
    words,
)

TEXT = PlaceholderType.TEXT
FEE = Placeholder("fee", PlaceholderType.MONEY)
TERM = Placeholder("term", TEXT)
UNTIL = Placeholder("until", PlaceholderType.DATETIME, source="item.effective_to")
BODY = "每月{{ fee }}[[，有效期{{ term }}]]。[[{{ until }}到期。]]"


def message(**values: str) -> PushMessage:
    return rendered(make_template(BODY, FEE, TERM, UNTIL), values)


def test_a_clause_is_said_if_all_of_its_values_are_there() -> None:
    assert message(fee="10").text == "【示例移动】每月10元。"
    assert message(fee="10", term="30天").text == "【示例移动】每月10元，有效期30天。"
    whole = message(fee="10", term="30天", until="2026-12-01").text
    assert whole == "【示例移动】每月10元，有效期30天。2026年12月1日到期。"


def test_a_clause_of_two_values_needs_both() -> None:
    template = make_template("您好[[，{{ a }}至{{ b }}]]。", *(Placeholder(n, TEXT) for n in "ab"))
    assert rendered(template, {"a": "一"}).text.endswith("您好。")
    assert rendered(template, {"a": "一", "b": "二"}).text.endswith("您好，一至二。")


def test_a_value_outside_of_every_clause_is_still_needed() -> None:
    with pytest.raises(MissingValue) as refused:
        message(term="30天")
    assert refused.value.names == ("fee",)


def test_a_value_that_stands_inside_and_outside_is_needed() -> None:
    assert make_template("{{ fee }}[[，共{{ fee }}]]", FEE).required == {"fee"}


def test_a_value_that_does_not_fit_is_refused_and_not_left_out() -> None:
    with pytest.raises(IllTypedValue, match="until"):
        message(fee="10", until="明天")


def test_what_the_item_says_is_said() -> None:
    template = make_template("您好。[[{{ until }}到期。]]", UNTIL)
    assert rendered(template, item=make_item()).text.endswith("您好。2026年12月1日到期。")
    assert rendered(template).text.endswith("您好。")


def test_a_preview_shows_the_gaps_that_must_be_filled_and_no_others() -> None:
    shown = previewed(make_template(BODY, FEE, TERM, UNTIL))
    assert isinstance(shown, PushPreview)
    assert shown.missing == ("fee",)
    assert shown.preview == "【示例移动】每月〔fee〕。"


def test_slides_of_an_mms_have_clauses_too() -> None:
    parts = (picture("pack.png"), words("您好[[，{{ term }}]]"))
    template = make_template(
        "详情见彩信[[：{{ term }}]]。", TERM, channel=PushChannel.MMS, parts=parts
    )
    assert rendered(template).text == "【示例移动】您好"
    filled = rendered(template, {"term": "月包"})
    assert (filled.text, filled.fallback) == (
        "【示例移动】您好，月包",
        "【示例移动】详情见彩信：月包。",
    )


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("每月[[{{ fee }}", "pairs"),
        ("每月{{ fee }}]]", "pairs"),
        ("每月[[甲[[{{ fee }}]]]]", "pairs"),
        ("每月{{ fee }}[[，有效]]", "nothing decides"),
        ("[[每月{{ fee }}]]", "words outside"),
        ("每月{{ fee }}[[{{ fee }}]]", "side by side"),
        ("每月{{ fee }}[[，共{{ fee }}元]]{{ fee }}", "side by side"),
        ("[[{{ fee }}]][[{{ fee }}]]。", "side by side"),
        ("您好" + "[[，{{ fee }}]]" * (MAX_CLAUSES + 1), f"exceed {MAX_CLAUSES}"),
    ],
)
def test_clauses_that_could_go_wrong_are_refused_when_they_are_written(
    body: str, problem: str
) -> None:
    with pytest.raises(FieldError, match=problem):
        make_template(body, FEE)


@given(
    st.lists(st.text("甲乙，。[]", max_size=6), min_size=1, max_size=4),
    st.sets(st.sampled_from("abc")),
)
def test_whatever_is_given_no_bracket_and_no_gap_reaches_the_customer(
    between: list[str], given_names: set[str]
) -> None:
    body = "您好" + "".join(
        f"{words}[[，{{{{ {name} }}}}。]]" for words, name in zip(between, "abc", strict=False)
    )
    names = sorted({name for name in "abc" if f"{{{{ {name} }}}}" in body})
    try:
        template = make_template(body, *(Placeholder(name, TEXT) for name in names))
    except FieldError:
        return
    text = rendered(template, {name: name * 2 for name in given_names & set(names)}).text
    assert "[[" not in text
    assert "{{" not in text
    for name in names:
        assert (name * 2 in text) is (name in given_names)
