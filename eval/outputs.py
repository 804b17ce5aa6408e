"""What a run leaves for people and machines to open: report, workbook and JUnit, each whole."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from eval.book.questions import write_questions_book
from eval.book.review import has_remarks, read_review, reviewed
from eval.compare import compare
from eval.errors import BookError
from eval.gate import gate
from eval.report.junit import junit_xml
from eval.report.mending import mending_list
from eval.report.page import report_html
from eval.report.trend import runs_below
from eval.stored import FaqRun, write_whole

BOOK: Final = "questions.xlsx"


def write_outputs(
    run: FaqRun, folder: Path, *, baseline: FaqRun | None = None, review: Path | None = None
) -> list[str]:
    """Writes ``report.html``, ``questions.xlsx`` and ``junit.xml``; what people should know of it.

    A workbook that somebody has filled in is never written over. ``review`` is one to read.
    """
    notes: list[str] = []
    found = read_review(review, run) if review else None
    history, skipped = runs_below(folder.resolve().parent, run)
    notes += skipped
    page = report_html(
        run,
        gate=gate(run, baseline).to_json() if baseline else None,
        comparison=compare(baseline, run).to_json() if baseline else None,
        history=[other for other in history if _is_same_system(other, run)],
        review=reviewed(run, found).to_json() if found else None,
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "report.html", page.encode())
    write_whole(folder / "junit.xml", junit_xml(run))
    book = folder / BOOK
    if review is not None and book.exists() and book.samefile(review):
        return notes  # it is this run's own, and people are at work in it
    if kept := _set_aside(book):
        notes.append(f"{BOOK} 里有人填过，另存为 {kept.name}")
    write_questions_book(run, book, mending=[entry.row() for entry in mending_list(run)])
    return notes


def _is_same_system(other: FaqRun, run: FaqRun) -> bool:
    """Whether two runs belong on one line of a trend: versions may differ, what is measured may not."""
    theirs, ours = other.setting["system"], run.setting["system"]
    return bool(theirs["kind"] == ours["kind"] and theirs.get("name") == ours.get("name"))


def _set_aside(book: Path) -> Path | None:
    """Gives a workbook that people filled in, or that cannot be read, another name."""
    if not book.exists():
        return None
    try:
        if not has_remarks(book):
            return None
    except BookError:
        pass  # whatever it is, it is not ours to destroy
    number = 1
    while (kept := book.with_name(f"questions-{number}.xlsx")).exists():
        number += 1
    book.rename(kept)
    return kept
