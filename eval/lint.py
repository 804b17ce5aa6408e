"""What is wrong with a FAQ set beyond single lines: ids, vocabulary, splits and leaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from corpora.regions import Regions
from corpora.source import Problem, Severity
from corpora.types import Channel, FieldError, KnowledgeItem, SubLibrary
from eval.errors import FaqSetError
from eval.faqset import FaqSet, Kind, Question, Split, Style, read
from eval.ground import labels_without_ground
from eval.leaks import leaks
from indexer.normalize import normalize
from retriever.answer import Outcome


def lint(
    path: Path,
    *,
    known_items: Collection[str] | Mapping[str, KnowledgeItem] | None = None,
    known_routes: Collection[str] | None = None,
    known_templates: Collection[str] | None = None,
    regions: Regions | None = None,
) -> list[Problem]:
    """Every problem of a FAQ set, by line; items, routes, templates and regions are checked where they
    are given, and with whole items whether what is expected of an answer can come from them at all.
    """
    faq_set, problems = read(path)
    if faq_set is not None:
        problems = [*problems, *_findings(faq_set, known_items, known_routes)]
        problems += _of_templates_and_regions(faq_set, known_templates, regions)
        problems += leaks(faq_set)
        if isinstance(known_items, Mapping):
            problems += labels_without_ground(faq_set, known_items)
    return sorted(problems, key=lambda problem: (problem.line, problem.field, problem.problem))


def load_sound(path: Path) -> FaqSet:
    """A FAQ set that figures can rest on; ``FaqSetError`` holds every mistake of the file.

    A folder is one set: the questions of all its JSONL files, each as of the day of its own file.
    """
    return _together(path) if path.is_dir() else _sound(path)


def _together(folder: Path) -> FaqSet:
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        text = "里面没有题集（*.jsonl），请检查路径"
        raise FaqSetError([Problem(str(folder), 1, "文件夹", text)])
    sets = [_sound(file) for file in files]
    day = max(one.as_of for one in sets)
    questions: dict[str, Question] = {}
    problems: list[Problem] = []
    for one in sets:
        for question in one.questions:
            if question.id in questions:
                text = f"{question.id!r} 在另一份题集里也有"
                problems.append(Problem(one.file, question.line, "id", text))
            own = question.filters
            dated = own if own.as_of or one.as_of == day else replace(own, as_of=one.as_of)
            questions.setdefault(question.id, replace(question, filters=dated))
    if problems:
        raise FaqSetError(problems)
    name, language = folder.resolve().name, sets[0].language
    return FaqSet(name, day, language, tuple(questions.values()), file=str(folder))


def _sound(path: Path) -> FaqSet:
    faq_set, problems = read(path)
    if faq_set is not None:
        problems = [*problems, *mistakes(faq_set)]
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors or faq_set is None:
        raise FaqSetError(sorted(errors, key=lambda p: (p.line, p.field, p.problem)))
    return faq_set


def mistakes(faq_set: FaqSet) -> list[Problem]:
    """What keeps figures from resting on a set.

    What is absent only costs a slice, and a leak between splits only misleads who fits: those are
    left to ``lint``. Whatever is wrong by itself is a mistake.
    """
    absent = {(question.line, name) for question in faq_set.questions for name in _absent(question)}
    found = [*_of_questions(faq_set, None, None), *_of_ids(faq_set)]
    return [problem for problem in found if (problem.line, problem.field) not in absent]


def _absent(question: Question) -> list[str]:
    return [name for name in ("style", "kind", "library", "split") if not getattr(question, name)]


def _findings(
    faq_set: FaqSet, known_items: Collection[str] | None, known_routes: Collection[str] | None
) -> Iterator[Problem]:
    yield from _of_questions(faq_set, known_items, known_routes)
    yield from _of_ids(faq_set)
    yield from _of_repeats(faq_set)
    yield from _of_splits(faq_set)


def _of_questions(
    faq_set: FaqSet, known_items: Collection[str] | None, known_routes: Collection[str] | None
) -> Iterator[Problem]:
    def problem(question: Question, field: str, text: str) -> Problem:
        return Problem(faq_set.file, question.line, field, text)

    for question in faq_set.questions:
        for field, text in _of_words(question):
            yield problem(question, field, text)
        for field, text in _of_expectation(question):
            yield problem(question, field, text)
        expect = question.expect
        if known_items is not None:
            for name in ("items", "must_say"):
                for item_id in getattr(expect, name):
                    if item_id not in known_items:
                        yield problem(question, f"expect.{name}", f"知识库里没有条目 {item_id!r}")
        if known_routes is not None and expect.handover and expect.handover not in known_routes:
            routes = "、".join(sorted(known_routes))
            yield problem(
                question, "expect.handover", f"没有转办去向 {expect.handover!r}；可用：{routes}"
            )


def _of_templates_and_regions(
    faq_set: FaqSet, known: Collection[str] | None, regions: Regions | None
) -> Iterator[Problem]:
    for question in faq_set.questions:
        for name in question.expect.templates:
            if known is not None and name not in known:
                text = f"知识库里没有模板 {name!r}"
                yield Problem(faq_set.file, question.line, "expect.templates", text)
        if regions is not None and question.filters.region:
            try:
                regions.find(question.filters.region)
            except FieldError as error:
                yield Problem(faq_set.file, question.line, "filters.region", error.problem)


def _of_words(question: Question) -> Iterator[tuple[str, str]]:
    vocabularies: tuple[tuple[str, str, type[StrEnum]], ...] = (
        ("style", question.style, Style),
        ("kind", question.kind, Kind),
        ("library", question.library, SubLibrary),
        ("split", question.split, Split),
        ("channel", question.channel, Channel),
    )
    for field, value, vocabulary in vocabularies:
        # a question that no knowledge answers belongs to no library
        may_lack = field in ("split", "channel") or (
            field == "library" and question.expect.outcome is not Outcome.ANSWERED
        )
        if not value and may_lack:
            continue
        if value not in set(vocabulary):
            known = "、".join(vocabulary)
            what = f"没有 {value!r}" if value else "缺少"
            yield field, f"{what}；可用：{known}"


def _of_expectation(question: Question) -> Iterator[tuple[str, str]]:
    expect = question.expect
    if expect.outcome is Outcome.ANSWERED and not expect.items:
        yield "expect.items", "是空的；写出能回答的条目，没有就用 abstain"
    if expect.outcome is Outcome.HANDOVER and not expect.handover:
        yield "expect.handover", "是空的；写出转办去向"
    both = {normalize(fact) for fact in expect.must_contain} & {
        normalize(fact) for fact in expect.must_not_contain
    }
    if both:
        yield "expect.must_not_contain", f"{'、'.join(sorted(both))} 同时要求出现和不出现"


def _of_ids(faq_set: FaqSet) -> Iterator[Problem]:
    first: dict[str, Question] = {}
    for question in faq_set.questions:
        before = first.setdefault(question.id, question)
        if before is not question and question.id:
            text = f"{question.id!r} 与第 {before.line} 行重复"
            yield Problem(faq_set.file, question.line, "id", text)


def _of_repeats(faq_set: FaqSet) -> Iterator[Problem]:
    by_text: dict[str, Question] = {}
    for question in faq_set.questions:
        scope = f"{normalize(question.question)}|{question.filters}"
        same = by_text.setdefault(scope, question)
        if same is question:
            continue
        if same.split != question.split:
            text = f"与第 {same.line} 行是同一个问题，却在不同的 split 里"
            yield Problem(faq_set.file, question.line, "question", text)
        else:
            text = f"与第 {same.line} 行是同一个问题"
            yield Problem(faq_set.file, question.line, "question", text, Severity.WARNING)


def _of_splits(faq_set: FaqSet) -> Iterator[Problem]:
    groups: dict[str, dict[str, Question]] = defaultdict(dict)
    for question in faq_set.questions:
        if question.group:
            groups[question.group].setdefault(question.split, question)
    for group, members in groups.items():
        first, *others = members.values()
        for other in others:
            text = (
                f"{group!r} 跨了 split：第 {first.line} 行是 {first.split or '空'}，"
                f"这里是 {other.split or '空'}；近似的问题要放在同一个 split"
            )
            yield Problem(faq_set.file, other.line, "group", text)
    found = {question.split for question in faq_set.questions} - {""}
    if missing := [split.value for split in Split if split not in found]:
        text = f"整个题集没有 {'、'.join(missing)} 的题"
        yield Problem(faq_set.file, 1, "split", text, Severity.WARNING)
    for question in faq_set.questions if found else ():
        if not question.split:
            text = "缺少；其他题写了 split，这道也要写"
            yield Problem(faq_set.file, question.line, "split", text)
