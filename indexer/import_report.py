"""What an import did, or would do: a few lines for people, one JSON document for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any, Final

import typer

from corpora.differences import ItemChange, changes
from corpora.incoming import Incoming
from corpora.sheets.cleaner import Cleaner
from corpora.sheets.reading import RowProposal
from corpora.source import Problem
from corpora.standing import Standing
from corpora.store import ImportReport
from corpora.windows import State
from indexer.cli import print_json, say

_SHOWN: Final = 20
_FIELDS_SHOWN: Final = 8
_ALL: Final = 10_000  # of each list in JSON: a machine asked, but it has to hold it


class Outcome:
    """The outcome of one import, told once."""

    def __init__(self, incoming: Incoming, cleaner: Cleaner, dry_run: bool) -> None:
        self._incoming = incoming
        self._cleaner = cleaner
        self._dry = dry_run
        self._changes: list[ItemChange] = []

    def compare(self, standing: Standing) -> None:
        """Finds what would change in which items; to be asked before anything is written."""
        self._changes = list(islice(changes(self._incoming.items(), standing), _ALL))

    def refuse(self, *, as_json: bool) -> None:
        """Every error; nothing was imported."""
        found = self._incoming.found
        for problem in found.errors:
            say(str(problem))
        if (more := found.error_count - len(found.errors)) > 0:
            say(f"…另有{more}处错误没有列出")
        if self._dry and not as_json:  # what a mended table would get
            for line in self._table_lines():
                typer.echo(line)
        say(
            f"{found.error_count} 处错误，什么也没有导入；"
            "改正后再导入，可先用 --dry-run 试导入，目录可用 zhiku corpus check 检查"
        )
        if as_json:
            problems = [asdict(problem) for problem in found.errors]
            extra = {"errors": found.error_count, **self._table()}
            print_json({"imported": False, "problems": problems, **extra})

    def tell(self, report: ImportReport, standing: Standing, *, as_json: bool) -> None:
        """What was done to which items, or would be."""
        titles = self._titles(report.new[:_ALL] if as_json or self._dry else ())
        if as_json:
            self._print(report, titles)
            return
        if self._dry:
            for line in self._lines(report, titles, standing):
                typer.echo(line)
        self._say_notes()
        draft = self._incoming.state is State.DRAFT
        kind = "草稿" if draft else ""
        verb = f"将导入{kind}（未写入）" if self._dry else f"已导入{kind}"
        new, changed, unchanged, retired = map(len, report.groups)
        say(f"{verb}：新增 {new}，变更 {changed}，未变 {unchanged}，停用 {retired}")
        self._say_next(draft, bool(new or changed))

    def _titles(self, ids: Sequence[str]) -> dict[str, str]:
        wanted = set(ids)
        if not wanted:
            return {}
        return {item.id: item.title for item in self._incoming.items() if item.id in wanted}

    def _print(self, report: ImportReport, titles: dict[str, str]) -> None:
        found = self._incoming.found
        print_json(
            {
                "imported": not self._dry,
                "new": len(report.new),
                "changed": len(report.changed),
                "unchanged": len(report.unchanged),
                "retired": len(report.retired),
                "ids": {
                    "new": list(report.new),
                    "changed": list(report.changed),
                    "retired": list(report.retired),
                },
                "state": self._incoming.state.value,
                "diff": {
                    "new": [{"id": i, "title": titles[i]} for i in report.new if i in titles],
                    "changed": [asdict(change) for change in self._changes],
                    "retired": list(report.retired),
                }
                if self._dry
                else None,
                "warnings": [asdict(problem) for problem in found.warnings],
                "warning_count": found.warning_count,
                "checked_across_items": self._incoming.complete,
                **self._table(),
            }
        )

    def _table(self) -> dict[str, Any]:
        """What only a table has: proposals, cleaning, examples left out."""
        if (table := self._incoming.table) is None:
            return {}
        return {
            "proposals": [
                {
                    "cell": one.place,
                    "id": one.item_id,
                    "title": one.title,
                    "library": one.proposed.library.value,
                    "confidence": round(one.proposed.confidence, 4),
                    "runner_up": one.proposed.runner_up.value,
                    "applied": one.proposed.applied,
                }
                for one in table.proposals
            ],
            "cleaning": {
                "cells": self._cleaner.cells,
                "changes": dict(self._cleaner.kinds.most_common()),
                "examples": [asdict(change) for change in self._cleaner.examples],
            },
            "examples_ignored": table.examples,
        }

    def _lines(
        self, report: ImportReport, titles: dict[str, str], standing: Standing
    ) -> Iterator[str]:
        yield from _some(f"新增 {item_id} {titles.get(item_id, '')}" for item_id in report.new)
        yield from _some(map(_told, self._changes), len(report.changed))
        retired = standing.newest(report.retired[:_SHOWN])
        yield from _some(
            (
                f"停用 {i} {retired[i].item.title if i in retired else ''}"
                for i in report.retired[: _SHOWN + 1]
            ),
            len(report.retired),
        )
        yield from self._table_lines()

    def _table_lines(self) -> Iterator[str]:
        if self._incoming.table is not None:
            yield from _some(map(_proposal, self._incoming.table.proposals))
        yield from self._cleaned()

    def _cleaned(self) -> Iterator[str]:
        if not self._cleaner.cells:
            return
        kinds = "、".join(f"{name}{count}" for name, count in self._cleaner.kinds.most_common())
        yield f"清洗 改动{self._cleaner.cells}处（{kinds}）；不要清洗可加 --as-written"
        for change in self._cleaner.examples[:_SHOWN]:
            yield f"  {change.place}（{'、'.join(change.changes)}）：{change.before!r} → {change.after!r}"

    def _say_notes(self) -> None:
        found, table = self._incoming.found, self._incoming.table
        if self._dry or table is not None:
            for line in _some(map(_warning, found.warnings), found.warning_count):
                say(line)
        if table is None:
            return
        if table.examples:
            say(f"示例行{table.examples}行，没有导入")
        applied = sum(one.proposed.applied for one in table.proposals)
        if applied and not self._dry:
            say(f"有{applied}行没填子库，已按建议放置；用 --dry-run 可看每一行")
        if self._cleaner.cells and not self._dry:
            say(f"清洗改动了{self._cleaner.cells}处文字；用 --dry-run 可看例子")
        if not self._incoming.complete:
            say("条目很多，没有核对近似重复、相同问法等跨条目的提醒")

    def _say_next(self, draft: bool, anything: bool) -> None:
        if self._dry:
            say("要导入，去掉 --dry-run 再运行" + ("；直接发布加 --publish" if draft else ""))
        elif draft and anything:
            say("草稿还搜不到：用 zhiku corpus publish --all 发布，再用 zhiku index build 建索引")
        elif draft:
            say("没有新的草稿；已有的草稿用 zhiku corpus publish --all 发布")


def _told(change: ItemChange) -> str:
    lines = [f"变更 {change.id} {change.title}"]
    if not change.fields:
        lines[0] += "（内容不变，发布）" if change.was == "draft" else "（内容不变，重新启用）"
    lines += [f"  {one.field}：{one.old} → {one.new}" for one in change.fields[:_FIELDS_SHOWN]]
    if len(change.fields) > _FIELDS_SHOWN:
        lines.append(f"  …另有{len(change.fields) - _FIELDS_SHOWN}个字段")
    return "\n".join(lines)


def _proposal(one: RowProposal) -> str:
    proposed = one.proposed
    what = "已采用" if proposed.applied else "把握不足，请填写子库"
    return (
        f"子库 {one.place} {one.title} → {proposed.library.label}"
        f"（把握{proposed.confidence:.0%}，其次{proposed.runner_up.label}），{what}"
    )


def _warning(problem: Problem) -> str:
    return f"{problem}（提醒）"


def _some(lines: Iterable[str], total: int | None = None) -> Iterator[str]:
    """The first lines, and how many more there are."""
    held = list(islice(lines, _ALL))
    yield from held[:_SHOWN]
    if (more := (total if total is not None else len(held)) - _SHOWN) > 0:
        yield f"…另有{more}条，用 --json 看全部"
