"""FAQ sets: what is read, and how every mistake is named with its line and field."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.source import Severity
from corpora.types import Audience, FacetKind, SubLibrary
from eval.errors import FaqSetError
from eval.faqset import Expectation, Split, load, read
from eval.lint import lint
from retriever.answer import Outcome
from tests.eval.builders import HEADER, faq_line, write_faqset


def messages(path: Path, **known: Any) -> list[str]:
    return [str(problem).replace(str(path), "f") for problem in lint(path, **known)]


def errors(path: Path, **known: Any) -> list[str]:
    found = [p for p in lint(path, **known) if p.severity is Severity.ERROR]
    return [f"{problem.line}: {problem.field}" for problem in found]


def test_a_question_is_read_with_everything_that_it_says(tmp_path: Path) -> None:
    expect = {
        "items": ["a", "b"],
        "facet": "price",
        "must_contain": ["59元"],
        "must_not_contain": ["79元"],
        "must_say": ["tip"],
        "templates": ["tpl-a"],
    }
    filters = {
        "library": "business",
        "region": "yj/yundu",
        "audience": "customer",
        "as_of": "2026-12-01",
    }
    line = faq_line(
        expect=expect,
        filters=filters,
        tags=["sibling"],
        business_line="套餐",
        department="市场部",
        channel="app",
    )

    faq_set = load(write_faqset(tmp_path / "a.jsonl", [line]))

    assert (faq_set.name, faq_set.as_of, faq_set.language) == ("小题集", dt.date(2026, 11, 1), "zh")
    (question,) = faq_set.questions
    assert question.expect == Expectation(
        Outcome.ANSWERED, ("a", "b"), FacetKind.PRICE, ("59元",), ("79元",), ("tip",), ("tpl-a",)
    )
    assert (question.business_line, question.department, question.channel) == (
        "套餐",
        "市场部",
        "app",
    )
    assert question.filters.libraries == (SubLibrary.BUSINESS,)
    assert question.filters.audience is Audience.CUSTOMER
    assert question.filters.as_of == dt.date(2026, 12, 1)
    assert (question.weight, question.tags, question.line) == (10.0, ("sibling",), 2)


@pytest.mark.parametrize(
    ("expect", "expected"),
    [
        ({"clarify": ["亲情网", "副卡"]}, Expectation(Outcome.CLARIFY, clarify=("亲情网", "副卡"))),
        ({"clarify": []}, Expectation(Outcome.CLARIFY)),
        ({"handover": "balance"}, Expectation(Outcome.HANDOVER, handover="balance")),
        ({"abstain": True}, Expectation(Outcome.UNKNOWN)),
    ],
)
def test_the_other_outcomes_are_read(
    tmp_path: Path, expect: dict[str, Any], expected: Expectation
) -> None:
    faq_set = load(write_faqset(tmp_path / "a.jsonl", [faq_line(expect=expect)]))

    assert faq_set.questions[0].expect == expected


def test_a_byte_order_mark_and_blank_lines_are_nothing(tmp_path: Path) -> None:
    path = write_faqset(tmp_path / "a.jsonl", ["", faq_line(), "  "])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert [question.line for question in load(path).questions] == [3]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{broken", "2: 语法"),
        ("[]", "2: 整行"),
        ("{}", "2: 整行"),
        ("null", "2: 整行"),
        (faq_line(id=""), "2: id"),
        (faq_line(question=" "), "2: question"),
        (faq_line(question=5), "2: question"),
        (faq_line(weight=-1), "2: weight"),
        (faq_line(weight="many"), "2: weight"),
        (faq_line(weight=True), "2: weight"),
        (faq_line(tags=["a", 5]), "2: tags"),
        (faq_line(expect=...), "2: expect"),
        (faq_line(expect="abstain"), "2: expect"),
        (faq_line(expect={}), "2: expect"),
        (faq_line(expect={"items": ["a"], "abstain": True}), "2: expect"),
        (faq_line(expect={"abstain": False}), "2: expect.abstain"),
        (faq_line(expect={"items": "a", "facet": "prices"}), "2: expect.facet"),
        (faq_line(expect={"items": [""]}), "2: expect.items"),
        (faq_line(expect={"items": []}), "2: expect.items"),
        (faq_line(expect={"handover": ""}), "2: expect.handover"),
        (faq_line(filters={"library": "bussiness"}), "2: filters.library"),
        (faq_line(filters={"audience": "boss"}), "2: filters.audience"),
        (faq_line(filters={"as_of": "昨天"}), "2: filters.as_of"),
        (faq_line(filters=[]), "2: filters"),
        (faq_line(style="funny"), "2: style"),
        (faq_line(style=...), "2: style"),
        (faq_line(kind="funny"), "2: kind"),
        (faq_line(library="funny"), "2: library"),
        (faq_line(library=...), "2: library"),
        (faq_line(split="training"), "2: split"),
        (faq_line(channel="tv"), "2: channel"),
        (faq_line(style=5), "2: style"),
        (faq_line(expect={"items": ["a"], "templates": [5]}), "2: expect.templates"),
    ],
)
def test_a_mistake_is_named_by_line_and_field(tmp_path: Path, line: Any, expected: str) -> None:
    assert expected in errors(write_faqset(tmp_path / "a.jsonl", [line]))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"faqset": "x"}, "1: as_of"),
        ({"faqset": "x", "as_of": "soon"}, "1: as_of"),
        ({"as_of": "2026-11-01"}, "1: faqset"),
        ("[1]", "1: 整行"),
    ],
)
def test_a_broken_header_is_named(tmp_path: Path, header: Any, expected: str) -> None:
    path = write_faqset(tmp_path / "a.jsonl", [faq_line()], header)

    assert expected in errors(path)
    with pytest.raises(FaqSetError):
        load(path)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    path = write_faqset(
        tmp_path / "a.jsonl", [faq_line(id="", weight=0), "{", faq_line(expect={"abstain": 1})]
    )

    with pytest.raises(FaqSetError) as caught:
        load(path)

    assert len(caught.value.problems) == 4
    assert f"{path}:2: weight: " in str(caught.value)


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xff\xfe\x00", "首行".encode("gbk")])
def test_a_file_that_is_no_faq_set_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(raw)

    assert lint(path)
    with pytest.raises(FaqSetError):
        load(path)


def test_a_set_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaqSetError, match="没有题目"):
        load(write_faqset(tmp_path / "a.jsonl", []))


def test_a_misspelt_key_is_a_warning_that_lists_the_right_ones(tmp_path: Path) -> None:
    path = write_faqset(tmp_path / "a.jsonl", [faq_line(buisness_line="套餐")])

    assert load(path)
    (message,) = [m for m in messages(path) if "buisness_line" in m]
    assert "business_line" in message


def test_repeated_ids_and_questions_are_named_with_the_first_line(tmp_path: Path) -> None:
    path = write_faqset(tmp_path / "a.jsonl", [faq_line(), faq_line(split="test")])

    assert "f:3: id: 'q1' 与第 2 行重复" in messages(path)
    assert "3: question" in errors(path)


def test_the_same_words_for_another_reader_are_another_question(tmp_path: Path) -> None:
    other = faq_line(id="q2", split="test", filters={"region": "yj/yundu"})

    assert errors(write_faqset(tmp_path / "a.jsonl", [faq_line(), other])) == []


def test_a_group_across_splits_is_a_leak(tmp_path: Path) -> None:
    lines = [
        faq_line(group="g"),
        faq_line(id="q2", question="咋退亲情网", group="g", split="test"),
    ]

    assert errors(write_faqset(tmp_path / "a.jsonl", lines)) == ["3: group"]


def test_a_question_without_a_split_among_others_is_named(tmp_path: Path) -> None:
    lines = [faq_line(), faq_line(id="q2", question="另一问", split=...)]

    assert errors(write_faqset(tmp_path / "a.jsonl", lines)) == ["3: split"]


def test_a_set_without_any_split_can_be_used_and_warns_once(tmp_path: Path) -> None:
    path = write_faqset(tmp_path / "a.jsonl", [faq_line(split=...)])

    assert errors(path) == []
    assert messages(path) == ["f:1: split: 整个题集没有 train、dev、test 的题"]


def test_items_and_routes_are_checked_where_they_are_known(tmp_path: Path) -> None:
    lines = [
        faq_line(expect={"items": ["biz-family", "gone"], "must_say": ["tip-gone"]}),
        faq_line(id="q2", question="余额", expect={"handover": "balnce"}),
    ]
    path = write_faqset(tmp_path / "a.jsonl", lines)

    assert errors(path, known_items={"biz-family"}, known_routes={"balance"}) == [
        "2: expect.items",
        "2: expect.must_say",
        "3: expect.handover",
    ]
    assert errors(path) == []


def test_a_fact_cannot_be_demanded_and_forbidden(tmp_path: Path) -> None:
    expect = {"items": ["a"], "must_contain": ["59元"], "must_not_contain": ["59块"]}

    assert errors(write_faqset(tmp_path / "a.jsonl", [faq_line(expect=expect)])) == [
        "2: expect.must_not_contain"
    ]


def test_a_split_keeps_its_questions_only(tmp_path: Path) -> None:
    lines = [faq_line(), faq_line(id="q2", question="另一问", split="test")]
    faq_set = load(write_faqset(tmp_path / "a.jsonl", lines))

    assert [question.id for question in faq_set.only(Split.TEST).questions] == ["q2"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["items", "abstain", "facet", "handover", "library", "x"]), inner
        )
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(faq_line(filters={}))), JSON), JSON)
def test_no_json_makes_reading_raise(tmp_path: Path, line: Any, header: Any) -> None:
    texts = [json.dumps(header), json.dumps(HEADER), json.dumps(line)]
    for number, chosen in enumerate((texts[:1] + texts[2:], texts[1:])):
        path = tmp_path / f"{number}.jsonl"
        path.write_text("\n".join(chosen), encoding="utf-8")
        read(path)
        lint(path, known_items=(), known_routes=())
