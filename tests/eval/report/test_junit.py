from __future__ import annotations

from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped

from eval.faqset import Expectation
from eval.report.junit import junit_xml
from eval.verdict import ERROR, RANKED, Verdict
from retriever.answer import Outcome
from tests.eval.builders import make_question
from tests.eval.report.runs import HOSTILE, mixed, right, run_of, wrong


def read(document: bytes) -> Any:
    return JUnitXml.fromstring(document)


def test_a_sub_library_is_a_suite_and_a_question_a_case() -> None:
    found = read(junit_xml(mixed()))
    assert {suite.name: suite.tests for suite in found} == {"业务知识库": 3, "技术知识库": 2}
    assert (found.tests, found.failures, found.errors) == (5, 3, 0)


def test_a_wrong_answer_is_a_failure_with_its_stage_and_why() -> None:
    case = next(iter(next(iter(read(junit_xml(run_of([wrong()])))))))
    assert case.name == "q2 亲情网怎么取消"
    (result,) = case.result
    assert isinstance(result, Failure)
    assert (result.message, result.type) == ("方面选错", "检索")
    assert "方面应为如何取消，实为资费" in result.text
    assert "没有说 次月生效" in result.text
    assert "回答：每月5元" in result.text
    assert case.time == 0.04


def test_a_refused_question_is_an_error_and_a_mere_ranking_is_skipped() -> None:
    refused = wrong("a", outcome=ERROR, stage="refused", cause="题目", why=("问题太长",))
    unjudged = Verdict(make_question(Expectation(Outcome.UNKNOWN), id="b"), RANKED, 0.0, (), {})
    cases = {
        case.name.split()[0]: case.result[0]
        for suite in read(junit_xml(run_of([refused, unjudged])))
        for case in suite
    }
    assert isinstance(cases["a"], Error)
    assert "问题太长" in cases["a"].text
    assert isinstance(cases["b"], Skipped)


def test_fatal_errors_are_named_first() -> None:
    document = junit_xml(run_of([wrong(fatal=("price",))]))
    case = next(iter(next(iter(read(document)))))
    assert case.result[0].text.startswith("致命错误：资费或数量说错")


def test_properties_hold_what_it_takes_to_repeat_the_run() -> None:
    suite = next(iter(read(junit_xml(mixed()))))
    known = {entry.name: entry.value for entry in suite.properties()}
    assert known["system.index.version"] == "20261101T000000-abc"
    assert known["digest"] == "0123456789abcdef"
    assert known["seed"] == "20261123"


def test_no_character_of_a_question_breaks_the_document() -> None:
    text = f"\x00\x08\x1b\ufffe]]>{HOSTILE}\n第二行"
    document = junit_xml(run_of([wrong(text=text, why=(text,)), right("q9", question=text)]))
    names = [case.name for suite in read(document) for case in suite]
    assert any("<script>alert('x')</script>" in name for name in names)


def test_an_empty_run_is_an_empty_document() -> None:
    assert read(junit_xml(run_of([]))).tests == 0
