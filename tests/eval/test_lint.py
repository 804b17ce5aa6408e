"""Sets that figures can rest on: whatever is wrong is refused, what is absent only costs a slice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpora.regions import NamedRegion, Regions
from corpora.source import Severity
from eval.errors import FaqSetError
from eval.lint import lint, load_sound
from tests.conftest import REPOSITORY
from tests.eval.builders import faq_line, write_faqset


def refused(path: Path) -> list[str]:
    """Line and field of everything for which a set is refused."""
    with pytest.raises(FaqSetError) as caught:
        load_sound(path)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return [f"{problem.line}: {problem.field}" for problem in caught.value.problems]


def test_the_sample_is_sound() -> None:
    assert len(load_sound(REPOSITORY / "corpora" / "faq" / "sample.jsonl").questions) > 400


@pytest.mark.parametrize("name", ["style", "kind", "library", "split", "channel", "department"])
@pytest.mark.parametrize("value", [..., "", None])
def test_what_is_absent_is_accepted(tmp_path: Path, name: str, value: Any) -> None:
    path = write_faqset(tmp_path / "a.jsonl", [faq_line(**{name: value})])

    assert len(load_sound(path).questions) == 1


def test_what_one_question_lacks_and_others_have_is_accepted(tmp_path: Path) -> None:
    lines = [faq_line(), faq_line(id="q2", question="另一问", split=..., style=...)]
    path = write_faqset(tmp_path / "a.jsonl", lines)

    assert len(load_sound(path).questions) == 2
    assert [(p.line, p.field) for p in lint(path) if p.line == 3] == [(3, "split"), (3, "style")]


@pytest.mark.parametrize("name", ["style", "kind", "library", "split", "channel"])
@pytest.mark.parametrize("value", ["funny", 5, ["formal"], {"a": 1}, True])
def test_what_is_wrong_in_a_vocabulary_is_refused(tmp_path: Path, name: str, value: Any) -> None:
    assert refused(write_faqset(tmp_path / "a.jsonl", [faq_line(**{name: value})])) == [
        f"2: {name}"
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{broken", "2: 语法"),
        ("[]", "2: 整行"),
        ("{}", "2: 整行"),
        (faq_line(id=""), "2: id"),
        (faq_line(question=""), "2: question"),
        (faq_line(weight=0), "2: weight"),
        (faq_line(tags=[5]), "2: tags"),
        (faq_line(expect=...), "2: expect"),
        (faq_line(expect={"items": []}), "2: expect.items"),
        (faq_line(expect={"items": ["a"], "facet": "prices"}), "2: expect.facet"),
        (faq_line(expect={"handover": ""}), "2: expect.handover"),
        (
            faq_line(expect={"items": ["a"], "must_contain": ["5元"], "must_not_contain": ["5块"]}),
            "2: expect.must_not_contain",
        ),
        (faq_line(filters={"as_of": "昨天"}), "2: filters.as_of"),
        (faq_line(filters={"audience": "boss"}), "2: filters.audience"),
        (faq_line(filters={"library": "bussiness"}), "2: filters.library"),
    ],
)
def test_a_mistake_is_refused_by_line_and_field(tmp_path: Path, line: Any, expected: str) -> None:
    assert expected in refused(write_faqset(tmp_path / "a.jsonl", [line]))


def test_every_mistake_of_the_file_is_named_in_the_order_of_its_lines(tmp_path: Path) -> None:
    lines = [
        faq_line(style="funny", weight=0),
        "{broken",
        faq_line(id="q2", question="另一问", expect={"items": []}),
        faq_line(question="又一问"),
    ]

    assert refused(write_faqset(tmp_path / "a.jsonl", lines)) == [
        "2: style",
        "2: weight",
        "3: 语法",
        "4: expect.items",
        "5: id",
    ]


def test_one_id_twice_is_refused_with_the_line_of_the_first(tmp_path: Path) -> None:
    path = write_faqset(tmp_path / "a.jsonl", [faq_line(), faq_line(question="另一问")])

    with pytest.raises(FaqSetError, match=r"a\.jsonl:3: id: 'q1' 与第 2 行重复"):
        load_sound(path)


def test_a_leak_between_splits_misleads_who_fits_and_does_not_stop_a_run(tmp_path: Path) -> None:
    lines = [
        faq_line(),
        faq_line(id="q2", split="test"),
        faq_line(id="q3", question="第三问", group="g", split="dev"),
        faq_line(id="q4", question="第四问", group="g", split="test"),
    ]
    path = write_faqset(tmp_path / "a.jsonl", lines)

    assert len(load_sound(path).questions) == 4
    assert [(p.line, p.field) for p in lint(path)] == [(3, "question"), (5, "group")]


def test_a_misspelt_key_is_a_warning_and_does_not_stop_a_run(tmp_path: Path) -> None:
    assert load_sound(write_faqset(tmp_path / "a.jsonl", [faq_line(stlye="typo")]))


def test_a_broken_header_or_no_file_is_refused(tmp_path: Path) -> None:
    path = write_faqset(tmp_path / "a.jsonl", [faq_line(weight=0)], {"faqset": "x"})

    assert refused(path) == ["1: as_of", "2: weight"]
    assert refused(tmp_path / "gone.jsonl") == ["1: 文件"]


def test_templates_and_regions_that_nobody_knows_are_named(tmp_path: Path) -> None:
    lines = [
        faq_line(expect={"items": ["biz-family"], "templates": ["tpl-a", "tpl-none"]}),
        faq_line(id="q2", question="另一问", filters={"region": "火星"}),
        faq_line(id="q3", question="第三问", filters={"region": "云都市"}),
    ]
    path = write_faqset(tmp_path / "a.jsonl", lines)
    regions = Regions((NamedRegion("yj", "云江省"), NamedRegion("yj/yundu", "云都市")))

    found = [
        (problem.line, problem.field, problem.problem)
        for problem in lint(path, known_templates={"tpl-a"}, regions=regions)
        if problem.severity is Severity.ERROR
    ]

    assert [entry[:2] for entry in found] == [(2, "expect.templates"), (3, "filters.region")]
    assert "tpl-none" in found[0][2]
    assert lint(path) == [p for p in lint(path) if p.severity is Severity.WARNING]


def test_a_line_that_is_no_json_is_all_that_is_said_of_a_set_of_one(tmp_path: Path) -> None:
    path = write_faqset(tmp_path / "a.jsonl", ["{"])

    assert refused(path) == ["2: 语法"]


def test_a_folder_of_sets_is_one_set_and_each_keeps_its_day(tmp_path: Path) -> None:
    write_faqset(tmp_path / "a.jsonl", [faq_line()], {"faqset": "a", "as_of": "2026-11-01"})
    other = faq_line(id="q2", question="另一问", filters={"as_of": "2025-06-01"})
    third = faq_line(id="q3", question="第三问")
    write_faqset(tmp_path / "b.jsonl", [other, third], {"faqset": "b", "as_of": "2026-11-25"})

    found = load_sound(tmp_path)

    assert (found.name, str(found.as_of)) == (tmp_path.name, "2026-11-25")
    days = {question.id: str(question.filters.as_of) for question in found.questions}
    assert days == {"q1": "2026-11-01", "q2": "2025-06-01", "q3": "None"}


def test_one_id_in_two_sets_of_a_folder_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_faqset(tmp_path / f"{name}.jsonl", [faq_line()])
    with pytest.raises(FaqSetError, match="另一份题集"):
        load_sound(tmp_path)


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaqSetError, match="没有题集"):
        load_sound(tmp_path)
