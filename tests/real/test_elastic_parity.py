"""The same knowledge on both engines, built by the same command: only the index URL differs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
import pytest

import zhiku
from corpora.types import Audience, SubLibrary
from eval.faqset import FaqSet
from eval.lint import load_sound
from indexer.location import IndexAt
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base
from tests.conftest import REPOSITORY, Shipped
from tests.contract.elastic import PATIENT, remove_everything

pytestmark = [pytest.mark.real, pytest.mark.slow]

LIBRARIES: Final = (SubLibrary.TIPS, SubLibrary.TECHNICAL, SubLibrary.CASES)
EVERY: Final = 3  # question of the sample: two engines are asked on shared cores


@dataclass(frozen=True, slots=True)
class Both:
    """One part of the shipped knowledge, opened on each engine."""

    embedded: KnowledgeBase
    elastic: KnowledgeBase
    urls: tuple[str, str]
    environment: dict[str, str]
    folder: Path


def command(both: dict[str, str], folder: Path, *arguments: str) -> bytes:
    """What a command prints, run where vectors are known already."""
    done = subprocess.run(
        [sys.executable, str(Path(zhiku.__file__)), *arguments],
        cwd=folder,
        env=os.environ | both,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def both(
    shipped: Shipped, elastic_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("parity")
    (folder / "var" / "index").mkdir(parents=True)
    # the vectors of the shipped knowledge are known: nothing is encoded again
    (folder / "var" / "index" / "cache").symlink_to(shipped.root / "index" / "cache")
    urls = (f"file:{folder / 'var' / 'index'}", f"{elastic_url}/parity")
    chosen = [part for library in LIBRARIES for part in ("--library", library.value)]
    environment = shipped.environment | {"ZHIKU_ELASTIC_TIMEOUT": "60"}
    for url in urls:
        command(environment | {"ZHIKU_INDEX_URL": url}, folder, "index", "build", *chosen)
    opened = [open_knowledge_base(IndexAt(url, PATIENT), models=shipped.models) for url in urls]
    yield Both(opened[0], opened[1], urls, environment, folder)
    for base in opened:
        base.close()
    remove_everything(urls[1])


@pytest.fixture(scope="module")
def sample() -> FaqSet:
    return load_sound(REPOSITORY / "corpora" / "faq" / "sample.jsonl")


def test_both_engines_hold_the_same_and_put_the_same_item_first(both: Both, sample: FaqSet) -> None:
    ours, theirs = both.embedded.manifest, both.elastic.manifest
    assert ours.passages == theirs.passages > 5_000
    assert ours.mean_terms == theirs.mean_terms
    wanted = Filter(as_of=sample.as_of)
    asked = [question.question for question in sample.questions[::EVERY]]
    pairs = [
        (
            [hit.item_id for hit in both.embedded.search(text, wanted, 1).hits],
            [hit.item_id for hit in both.elastic.search(text, wanted, 1).hits],
        )
        for text in asked
    ]
    same = sum(ours == theirs for ours, theirs in pairs)
    assert same >= 0.98 * len(asked), [pair for pair in pairs if pair[0] != pair[1]]


def test_scores_of_the_same_item_are_equal_on_both_engines(both: Both, sample: FaqSet) -> None:
    wanted = Filter(as_of=sample.as_of)
    for question in sample.questions[:: 10 * EVERY]:
        ours = both.embedded.search(question.question, wanted, 1).hits
        theirs = both.elastic.search(question.question, wanted, 1).hits
        if ours and theirs and ours[0].item_id == theirs[0].item_id:
            assert theirs[0].evidence.lexical == pytest.approx(ours[0].evidence.lexical, rel=1e-4)
            assert theirs[0].evidence.semantic == ours[0].evidence.semantic


def test_filters_let_the_same_knowledge_through(both: Both, sample: FaqSet) -> None:
    for audience in Audience:
        for library in (*LIBRARIES, SubLibrary.BUSINESS):
            wanted = Filter(sample.as_of, audience, frozenset({library}))
            for text in ("流量", "怎么办", "取消"):
                terms = both.embedded.retriever._analyzer.terms(text)
                found = [
                    {
                        match.passage_id
                        for match in base.retriever.searcher.lexical(terms, wanted, 10_000)
                    }
                    for base in (both.embedded, both.elastic)
                ]
                assert found[0] == found[1]


def test_a_command_answers_the_same_from_either_url(both: Both, sample: FaqSet) -> None:
    question, day = "宽带上不了网怎么处理", sample.as_of.isoformat()
    answers = [
        orjson.loads(
            command(
                both.environment | {"ZHIKU_INDEX_URL": url},
                both.folder,
                *("answer", question, "--as-of", day, "--json"),
            )
        )
        for url in both.urls
    ]
    for answer in answers:
        for volatile in ("took_ms", "trace_id"):
            answer.pop(volatile)
        answer["confidence"] = pytest.approx(answer["confidence"], abs=1e-4)
    assert answers[0]["text"]
    assert answers[0] == answers[1]
