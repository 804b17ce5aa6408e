"""What the notebooks share: the deployment that the settings name, a run, and how things are shown."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from html import escape, unescape
from importlib import resources
from numbers import Real
from pathlib import Path
from typing import Any, Final

import IPython.display

from corpora.types import KnowledgeItem
from corpora.versions import ItemVersion
from eval.deployment import settings
from eval.errors import RunError
from eval.faqset import FaqSet
from eval.lint import load_sound
from eval.report.canvas import Margins, drawing
from eval.report.svg import INK, SERIES, Svg, width
from eval.run import run_faqset
from eval.stored import FaqRun, read_run
from eval.systems.index import IndexSystem
from indexer.encoders.models_at import models_at
from indexer.location import index_at, open_place
from retriever.constants import Constants
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base

ROOT: Final = Path(__file__).resolve().parent.parent
RUN: Final = Path("var/eval/run.json")
"""Where ``make eval`` leaves its run."""

_PAGE: Final[Any] = IPython.display  # which says nothing of its types
_TITLE: Final = re.compile(r"<title>(.*?)</title>")
# Outside a page, a plot has neither colours nor fonts to inherit, and the reader's theme may be dark.
_ON_PAPER: Final = "background:#fff;color:#1f2328;font-family:sans-serif;max-width:100%;height:auto"


@dataclass(frozen=True, slots=True)
class Deployment:
    """The published index, opened; the versions that it holds; and a FAQ set to ask it."""

    base: KnowledgeBase
    held: tuple[ItemVersion, ...]
    faq_set: FaqSet

    @property
    def as_of(self) -> dt.date:
        """The day on which the FAQ set asks."""
        return self.faq_set.as_of

    @property
    def items(self) -> dict[str, KnowledgeItem]:
        """Id → the item: as it holds on the day, or else in its last version."""
        last = {held.item.id: held.item for held in self.held}
        today = (h for h in self.held if h.valid_from <= self.as_of <= h.valid_to)
        return last | {held.item.id: held.item for held in today}


def deployment(faq_set: str = "") -> Deployment:
    """What the ``ZHIKU_*`` settings name, with the shipped FAQ set or that of a file or folder.

    From here on paths start at the repository root, wherever the notebook was started.
    """
    os.chdir(ROOT)
    given = settings()
    base = open_knowledge_base(
        index_at(given), models=models_at(given), fitted=given.fitted, signature=given.signature
    )
    with closing(open_place(index_at(given))) as place:
        held = tuple(place.held_versions())
    shipped = Path(str(resources.files("corpora"))) / "faq" / "sample.jsonl"
    return Deployment(
        base=base,
        held=held,
        faq_set=load_sound(Path(faq_set) if faq_set else shipped),
    )


def found_run(deployed: Deployment, place: str = "") -> FaqRun:
    """The run at ``place``; else that of ``make eval``, if it asked this index this FAQ set; else a
    new one.
    """
    if place:
        return read_run(Path(place))
    try:
        known = read_run(RUN)
    except RunError:  # none was made, or by another version
        return made_run(deployed)
    asked = tuple(verdict.question for verdict in known.verdicts)
    same_set = asked == deployed.faq_set.questions
    same_day = known.setting["as_of"] == deployed.as_of.isoformat()
    same_index = known.setting["system"] == IndexSystem(deployed.base).describe()
    return known if same_set and same_day and same_index else made_run(deployed)


def made_run(deployed: Deployment, constants: Constants | None = None) -> FaqRun:
    """Asks the index every question of the set, with other constants where some are given."""
    with tried(deployed.base, constants):
        return run_faqset(deployed.faq_set, IndexSystem(deployed.base))


@contextmanager
def tried(base: KnowledgeBase, constants: Constants | None) -> Iterator[None]:
    """Other constants for a while."""
    in_use = base.retriever.constants
    base.retriever.constants = constants or in_use
    try:
        yield
    finally:
        base.retriever.constants = in_use


def asking_of(deployed: Deployment, run: FaqRun) -> Deployment:
    """The deployment with the questions of a run in place of its FAQ set."""
    day = dt.date.fromisoformat(str(run.setting["as_of"]))
    asked = tuple(verdict.question for verdict in run.verdicts)
    return replace(deployed, faq_set=FaqSet(run.setting["faqset"], day, "zh", asked))


def say(text: str) -> None:
    """Prose with numbers that were just computed."""
    _PAGE.display(_PAGE.Markdown(text))


def table(frame: Any) -> None:
    """A data frame as a table without row numbers, texts on the left and numbers on the right."""
    # said twice: notebooks align by style, code hosts leave only the attribute
    left, right = (f' align="{side}" style="text-align:{side}"' for side in ("left", "right"))
    heads, rows = list(frame.columns), frame.to_numpy(dtype=object).tolist()
    lines = ["".join(f"<th{left}>{escape(str(head))}</th>" for head in heads)]
    for row in rows:
        cells = [
            f"<td{right}>{number(value)}</td>"
            if isinstance(value, Real)
            else f"<td{left}>{escape(str(value))}</td>"
            for value in row
        ]
        lines.append("".join(cells))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    _PAGE.display(_PAGE.HTML(f"<table>{body}</table>"))


def picture(svg: Svg) -> None:
    """A plot under its title, on white paper also where the page is dark or shows it as an image."""
    title = _TITLE.search(svg)
    say(f"*{unescape(title[1]) if title else ''}*")
    styled = str(svg).replace("<svg ", f'<svg style="{_ON_PAPER}" ', 1)
    _PAGE.display(_PAGE.SVG(data=styled))


def number(value: Real | float) -> str:
    """A number of a table: whole ones without a point, others with as many places as say something.

    >>> number(320.0), number(0.4167), number(12.25)
    ('320', '0.417', '12.2')
    """
    value = float(value)
    if math.isnan(value):
        return "–"
    if value == round(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.3f}"


def short(text: str, characters: int = 34) -> str:
    """A text that fits into a cell."""
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


def heat(
    counts: Mapping[tuple[str, str], float],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    cell: float = 30.0,
) -> Svg:
    """Counts in a grid, the darker the more; nothing is written where there is nothing.

    Columns are named from top to bottom, as Chinese can be.
    """
    left = 14.0 + 12.0 * max(map(width, rows))
    top = 12.0 + 14.0 * max(map(len, columns))
    wide, high = left + cell * len(columns) + 12.0, top + 24.0 * len(rows) + 8.0
    most = max([*counts.values(), 1.0])
    with drawing(title, wide, high, Margins(left=left, right=12.0, top=top, bottom=8.0)) as opened:
        axes = opened.axes
        for (row, column), count in counts.items():
            if not count:
                continue
            place = columns.index(column), rows.index(row)
            depth = 0.12 + 0.7 * math.sqrt(count / most)
            axes.bar(place[0], 0.9, 0.94, bottom=place[1] - 0.45, color=SERIES[0], alpha=depth)
            axes.text(*place, number(count), ha="center", va="center", fontsize=11.0, color=INK)
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)), rows, color=INK)
        axes.set_xticks(range(len(columns)), ["\n".join(name) for name in columns], color=INK)
        axes.xaxis.tick_top()
        axes.grid(visible=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return opened.svg(title)
