"""A run as JUnit XML, for build servers: a suite a sub-library, a case a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from eval.report.labels import fatal_label, key_label, stage_label
from eval.stored import FaqRun
from eval.verdict import ERROR, Verdict

# all that XML 1.0 does not allow: one such character makes a whole file unreadable
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def junit_xml(run: FaqRun) -> bytes:
    """The document. A wrong answer is a failure with its stage and why, a question that the system
    refused an error, and one of which nothing can be right or wrong is skipped.
    """
    # Any: some of the library's methods carry no types
    document: Any = JUnitXml(_clean(f"{run.setting.get('faqset', '')} · {run.name}"))
    members: dict[str, list[Verdict]] = {}
    for verdict in run.verdicts:
        members.setdefault(verdict.question.library, []).append(verdict)
    for library in sorted(members):
        suite = TestSuite(_clean(key_label("library", library)))
        for name, value in _flat(run.setting):
            suite.add_property(_clean(name), _clean(value))
        if started := run.setting.get("started_at"):
            suite.timestamp = _clean(str(started))
        suite.add_testcases([_case(verdict) for verdict in members[library]])
        document.add_testsuite(suite)
    document.update_statistics()
    return _DECLARATION + bytes(document.tostring())


def _case(verdict: Verdict) -> TestCase:
    question = verdict.question
    case = TestCase(
        _clean(f"{question.id} {question.question}"),
        classname=_clean(f"{question.library or 'none'}.{question.style or 'none'}"),
        time=round((verdict.answer_ms or verdict.search_ms) / 1000.0, 6),
    )
    if not verdict.judged:
        case.result = [Skipped("没有可判的要求")]
    elif not verdict.right:
        kind = Error if verdict.outcome == ERROR else Failure
        result = kind(_clean(stage_label(verdict.stage)), _clean(verdict.cause))
        result.text = _clean("\n".join(_told(verdict)))
        case.result = [result]
    return case


def _told(verdict: Verdict) -> Iterable[str]:
    if verdict.fatal:
        yield f"致命错误：{'、'.join(map(fatal_label, verdict.fatal))}"
    yield from verdict.why
    if verdict.text:
        yield f"回答：{verdict.text}"
    if verdict.owner:
        yield f"责任部门：{verdict.owner}"


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    """The setting as properties: ``system.index.version`` and the like."""
    for name, inside in value.items():
        if isinstance(inside, Mapping):
            yield from _flat(inside, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(inside)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
