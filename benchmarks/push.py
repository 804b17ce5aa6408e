"""``python -m benchmarks.push``: how fast the outbox accepts messages, and a plan is made.

The shipped knowledge is built in a temporary folder with vectors that cost nothing: no vector is
asked for here. Every message is rendered, judged by all rules and durable before it counts.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from api.push.ledger import Evidence, Person, consent
from api.push.number import NumberHash, masked
from api.push.plan import Planned, Planner
from api.push.policy import CHINA, Policy
from api.push.request import Request
from api.push.sending import Accepted, Sending
from api.push.turn import writing
from api.push.wanted import Kitchen, Wanted
from benchmarks import machine
from benchmarks.elastic_content import DIM, CloudEncoder
from benchmarks.place import SEED, read_corpora
from benchmarks.vectors import Cloud
from corpora.migrations import open_database
from corpora.push_template import Purpose, PushChannel
from corpora.versions import ItemVersion
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.build import stage
from indexer.release import Release
from retriever.backends.embedded import EmbeddedSearcher
from retriever.context import Customer
from retriever.knowledge_base import KnowledgeBase

NOON: Final = dt.datetime(2026, 11, 25, 12, tzinfo=CHINA)
SIGNATURE: Final = "示例移动"
HASHED: Final = NumberHash("a secret of benchmarks")
CASES: Final = ((1, 1), (1, 8), (1, 32), (10, 1), (100, 1))
"""Messages in a request, and callers at once."""


def knowledge(folder: Path) -> KnowledgeBase:
    """The shipped items and templates, opened."""
    shipped = read_corpora()
    encoder = CloudEncoder(Cloud(2000, 2, DIM, SEED))
    held = tuple(
        ItemVersion(item, 1, item.effective_from or dt.date.min, item.effective_to or dt.date.max)
        for item in shipped.items
    )
    release = Release(held, shipped.templates, shipped.lexicon, shipped.regions)
    writer = EmbeddedWriter(folder / "index")
    built = stage(release, encoder, writer, folder / "cache", created_at="2026-11-25T00:00:00")
    writer.publish(built.version)
    return KnowledgeBase(EmbeddedSearcher.open_current(folder / "index"), encoder)


def numbers(count: int, first: int) -> list[str]:
    """Invented numbers."""
    return [f"1380{first + n:07d}" for n in range(count)]


def agreed(engine: Engine, who: Sequence[str]) -> None:
    """Writes the consent of every number down."""
    evidence = Evidence("受理单 SL1", "benchmark", NOON - dt.timedelta(days=30))
    with writing(engine) as connection:
        for number in who:
            consent(connection, Person(HASHED(number), masked(number)), SIGNATURE, None, evidence)


def offers(base: KnowledgeBase) -> dict[str, Wanted]:
    """A notice and a marketing message that their items fill alone, the first of each by id."""
    kitchen = Kitchen(base, NOON.date())
    found: dict[str, Wanted] = {}
    for item in base.items(kitchen.filter_of("")):
        for template_id in item.templates:
            template = base.templates[template_id]
            if template.channel is not PushChannel.SMS or template.purpose.value in found:
                continue
            wanted = Wanted(template_id, PushChannel.SMS, item.id)
            try:
                ready = kitchen.made(wanted)
            except Exception:  # noqa: BLE001 a template that needs values
                continue
            if ready.message.approved:
                found[template.purpose.value] = wanted
    return found


def accepted_a_second(
    base: KnowledgeBase, sending: Sending, wanted: Wanted, who: Sequence[str], together: int
) -> float:
    """Messages a second, ``together`` in a request, each to another number."""
    started = time.perf_counter()
    for first in range(0, len(who), together):
        kitchen = Kitchen(base, NOON.date())  # as every request makes its own
        requests = [
            Request(f"{wanted.template_id}-{number}-{together}", number, wanted)
            for number in who[first : first + together]
        ]
        found = sending.send_all(kitchen, requests, "benchmark", NOON)
        refused = [one for one in found if not isinstance(one, Accepted)]
        if refused:
            raise RuntimeError(refused[0])
    return len(who) / (time.perf_counter() - started)


def accepted_at_once(
    base: KnowledgeBase, sending: Sending, wanted: Wanted, who: Sequence[str], case: tuple[int, int]
) -> float:
    """Messages a second, ``case`` is how many in a request, and how many callers at once; each sends
    its next request when the last one was answered.
    """
    together, callers = case
    parts = [who[caller::callers] for caller in range(callers)]
    started = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(lambda part: accepted_a_second(base, sending, wanted, part, together), parts))
    return len(who) / (time.perf_counter() - started)


def measure(count: int, folder: Path) -> dict[str, Any]:
    """Everything, in the order of the table."""
    base = knowledge(folder)
    chosen = offers(base)
    engine = open_database(f"sqlite:///{folder / 'z.db'}", create=True)
    policy = Policy()
    sending = Sending(engine, policy, HASHED, SIGNATURE)
    rates: dict[str, float] = {}
    first = 0
    for purpose in (Purpose.NOTICE, Purpose.MARKETING):
        for case in CASES:
            who = numbers(count, first)
            first += count
            agreed(engine, who)
            rate = accepted_at_once(base, sending, chosen[purpose.value], who, case)
            together, callers = case
            rates[f"{purpose.value}, {together} a request, {callers} at once"] = round(rate, 1)
    planner = Planner(engine, policy, HASHED, SIGNATURE)
    asked = [
        Planned(number, Customer(preferred_channels=("sms",), complaints=n % 5))
        for n, number in enumerate(numbers(1_000, 0))
    ]
    seconds = _fastest(
        lambda: planner.plan(
            Kitchen(base, NOON.date()),
            list(chosen.values()),
            asked,
            campaign="spring",
            wave=1,
            at=NOON,
            until=NOON + dt.timedelta(days=3),
            now=NOON,
        )
    )
    engine.dispose()
    return {
        "machine": machine.described(),
        "accepted_a_second": rates,
        "plan_1000_customers_s": round(seconds, 3),
    }


def _fastest(call: Callable[[], object], rounds: int = 3) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(chosen.messages, Path(folder))
    written = json.dumps(found, ensure_ascii=False, indent=2)
    if chosen.out:
        chosen.out.write_text(written + "\n", encoding="utf-8")
    sys.stdout.write(written + "\n")


if __name__ == "__main__":
    main()
