"""Commands for whoever writes and labels questions: who sees which, and do two labellers agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.deployment import FaqSetFile, JsonFlag, date, failing_clearly, settings
from eval.sets_cli import eval_app, keep_former
from indexer.cli import print_json, say

__all__ = ["eval_app"]


@eval_app.command("split")
def split_command(
    faqset: FaqSetFile,
    shares: Annotated[str, typer.Option(help="train、dev、test 各占百分之几")] = "30,25,45",
    seed: Annotated[int, typer.Option(help="换一个数就换一种分法")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """给还没有 split 的题分 train、dev、test：近似的题在一起，各种问法按比例；原地写回。"""
    from collections import Counter

    from eval.book.faqset_book import write_faqset
    from eval.faqset import Split
    from eval.lint import load_sound
    from eval.splitting import split_by_group

    with failing_clearly():
        parts = _shares(shares)
        found = load_sound(faqset)
        dealt = split_by_group(found, dict(zip(Split, parts, strict=True)), seed=seed)
        if dealt != found:
            write_faqset(dealt, faqset)
    counted = Counter(question.split for question in dealt.questions)
    changed = sum(a != b for a, b in zip(found.questions, dealt.questions, strict=True))
    if as_json:
        print_json({"assigned": changed, **{split.value: counted[split] for split in Split}})
    told = "，".join(f"{split.value} {counted[split]}" for split in Split)
    say(f"{faqset}：新分了 {changed} 题；现在 {told}")


def _shares(text: str) -> list[float]:
    try:
        parts = [float(part) / 100.0 for part in text.replace("，", ",").split(",")]
    except ValueError:
        parts = []
    if len(parts) != 3 or abs(sum(parts) - 1.0) > 1e-6 or min(parts) < 0.0:
        raise typer.BadParameter(
            f"{text!r} 应是三个百分数，加起来 100，如 30,25,45", param_hint="--shares"
        )
    return parts


@eval_app.command("plain")
def plain_command(
    faqset: Annotated[Path, typer.Argument(help="写到这个 .jsonl")],
    as_of: Annotated[str, typer.Option("--as-of", help="按哪一天的知识；默认今天")] = "",
    as_json: JsonFlag = False,
) -> None:
    """从已发布的知识写一份题集：每条知识用它的名字问它的各个方面，不用人标注。"""
    import datetime as dt
    from contextlib import closing

    from eval.book.faqset_book import write_faqset
    from eval.called import called_questions
    from indexer.location import index_at, open_place

    with failing_clearly():
        day = date(as_of) or dt.date.today()
        with closing(open_place(index_at(settings()))) as place:
            made = called_questions(place.held_versions(), day)
        if kept := keep_former(faqset, made):
            say(f"{faqset} 里原来的题集另存为 {kept.name}")
        write_faqset(made, faqset)
    say(f"已写 {faqset}：{len(made.questions)} 题；用 zhiku eval run {faqset} 评测")
    if as_json:
        print_json({"faqset": made.name, "questions": len(made.questions), "file": str(faqset)})


@eval_app.command("agree")
def agree_command(
    first: Annotated[Path, typer.Argument(help="一位标注员的题集")],
    second: Annotated[Path, typer.Argument(help="另一位标注员的题集，题号相同")],
    as_json: JsonFlag = False,
) -> None:
    """两位标注员的一致程度：结论、条目、口径、关键事实，附 Cohen κ。"""
    from rich.console import Console
    from rich.table import Table

    from eval.agreement import agreement, to_json
    from eval.lint import load_sound

    with failing_clearly():
        found = agreement(load_sound(first), load_sound(second))
    if as_json:
        print_json(to_json(found))
        return
    names = {
        "outcome": "结论",
        "item": "条目",
        "facet": "口径",
        "a_fact": "至少一个关键事实",
        "all_facts": "关键事实互相包含",
    }
    table = Table("标注", "题数", "一致率", "κ", "不一致的题")
    for name, one in found.items():
        shown = "、".join(one.differ[:8]) + (" …" if len(one.differ) > 8 else "")
        kappa = "—" if one.kappa is None else f"{one.kappa:.3f}"
        rate = f"{one.rate:.1%} ± {one.half_width:.1%}"
        table.add_row(names[name], str(one.questions), rate, kappa, shown)
    Console().print(table)
