"""Three trials under load, as long as asked for; each returns a line of figures."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from indexer.backends.elastic.place import ElasticPlace
from indexer.backends.protocol import StagedContent
from indexer.passages import Passage
from retriever.backends.elastic import ElasticSearcher
from retriever.opening import LiveKnowledgeBase
from tests.builders import SUBJECTS, VERBS, make_content, make_mixed_release
from tests.crash.doomed_writer import MARKER, content_at
from tests.encoders import HashEncoder
from tests.real.elastic_node import Cluster
from tests.real.load import (
    BUSY_MACHINE,
    THREADS,
    AsBefore,
    Question,
    asked_all_the_time,
    asks_for_the_marker,
    live_at,
    publish,
    wait_until_serving,
)

REPOSITORY: Final = Path(__file__).parents[2]
SEED: Final = 20260301
_COPIED_WITHIN: Final = 900.0  # seconds, for the copies of 200,000 items
_OPENED_WITHIN: Final = 600.0  # seconds, as many
_READ_AT_ONCE: Final = 5_000  # passages
_REQUESTS: Final = 44  # of a writer from its first to its last, at least

Kill = Callable[[int, int, str], int]


def killed_nodes(
    cluster: Cluster, content: StagedContent, questions: Sequence[Question], rounds: int
) -> str:
    """One node after the other is killed and started again while everything is asked for."""
    place = ElasticPlace(f"{cluster.url}/killed", BUSY_MACHINE)
    version = publish(place, content)
    cluster.wait("green", len(cluster.nodes), _COPIED_WITHIN)
    searcher = ElasticSearcher(place, version)
    figures = []
    with asked_all_the_time(AsBefore(searcher, questions).asks()) as answers:
        for n in range(rounds):
            node = cluster.nodes[n % len(cluster.nodes)]
            answers.mark()
            began = time.monotonic()
            node.kill()
            cluster.wait("yellow", len(cluster.nodes) - 1)
            yellow = time.monotonic() - began
            answers.wait_for_more(20)
            began = time.monotonic()
            node.start()
            cluster.wait("green", len(cluster.nodes), _COPIED_WITHIN)
            green = time.monotonic() - began
            answers.wait_for_more(20)
            figures.append(
                f"{node.name}: yellow after {yellow:.1f} s, green {green:.1f} s after its start,"
                f" slowest answer {answers.slowest_since:.2f} s"
            )
    searcher.close()
    assert not answers.errors, answers.errors[:3]
    assert_everything_is_there(cluster, content.passages)
    return "; ".join([f"{len(content.passages)} passages", answers.told(), *figures])


def generated(items: int) -> tuple[StagedContent, Sequence[Question]]:
    """Some mixed items, and questions that find them."""
    encoder = HashEncoder()
    texts = [f"{subject}{verb}" for subject in SUBJECTS[:4] for verb in VERBS[:3]]
    questions = [(list(text), encoder.encode_queries([text])[0]) for text in texts]
    return make_content(make_mixed_release(items)), questions


def assert_everything_is_there(cluster: Cluster, passages: Sequence[Passage]) -> None:
    """Every passage, read by somebody who keeps nothing yet, also from each node alone."""
    for url in cluster.urls:
        place = ElasticPlace(f"{url}/killed", BUSY_MACHINE)
        searcher = ElasticSearcher(place, place.require_current())
        for first in range(0, len(passages), _READ_AT_ONCE):
            wanted = {p.passage_id: p.text for p in passages[first : first + _READ_AT_ONCE]}
            assert {p.passage_id: p.text for p in searcher.fetch(list(wanted))} == wanted
        searcher.close()


def swapped_small_versions(url: str, folder: Path, versions: int) -> str:
    """``swapped_versions`` of eleven items; old versions go meanwhile."""
    place = ElasticPlace(url, BUSY_MACHINE)
    live = live_at(url, folder, HashEncoder())
    figures = swapped_versions(place, live, map(content_at, range(versions + 1)), MARKER)
    assert len(place.versions.whole()) < versions
    place.close()
    return figures


def swapped_versions(
    place: ElasticPlace, live: LiveKnowledgeBase, contents: Iterable[StagedContent], word: str
) -> str:
    """Versions are published one after the other while questions go to whatever serves.

    The title of each one's marker is ``word`` and when the version was created.
    """
    remaining = iter(contents)
    first = next(remaining)
    publish(place, first)
    created, seen = [first.created_at], set[str]()
    live.start()
    try:
        with asked_all_the_time(asks_for_the_marker(live, seen, word)) as answers:
            for content in remaining:
                wait_until_serving(live, publish(place, content), _OPENED_WITHIN)
                # each thread may have been asking the version before; one answer more is of this one
                answers.wait_for_more(THREADS + 1)
                created.append(content.created_at)
        assert not answers.errors, answers.errors[:3]
        assert seen == set(created)
        assert live.problem is None
    finally:
        live.close()
    return f"{len(created) - 1} publications, {answers.told()}"


def killed_writers(url: str, folder: Path, kills: int) -> str:
    """Writers die at requests spread over a whole build; what is published serves, the next one builds."""
    place = ElasticPlace(url, BUSY_MACHINE)
    publish(place, content_at(0))
    live, seen = live_at(url, folder, HashEncoder()), set[str]()
    live.start()
    draw = random.Random(SEED)
    try:
        with (
            doomed(url) as kill,
            asked_all_the_time(asks_for_the_marker(live, seen, MARKER)) as answers,
        ):
            for n in range(kills):
                # one in every stretch of a build, wherever in it
                request = 1 + int(_REQUESTS * (n + draw.random()) / kills)
                ended = kill(2 * n + 1, request, draw.choice(("before", "after")))
                assert ended == signal.SIGKILL
                answers.wait_for_more(THREADS)
                if n % 3 == 2 or n == kills - 1:
                    wait_until_serving(live, publish(place, content_at(2 * n + 2)))
        assert not answers.errors, answers.errors[:3]
        assert live.problem is None
    finally:
        live.close()
        place.close()
    return f"{kills} writers killed, {answers.told()}"


@contextmanager
def doomed(url: str) -> Iterator[Kill]:
    """Orders writers that kill themselves; each order returns the signal that ended one, or 0."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.real.doomed_writer", url],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders, answers = process.stdin, process.stdout

        def kill(number: int, request: int, when: str) -> int:
            orders.write(f"{number} {request} {when}\n")
            orders.flush()
            return int(answers.readline())

        yield kill
        orders.close()
