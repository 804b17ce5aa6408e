"""Commands that measure answers: a run, its report, and what two runs say of each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.deployment import (
    AsOf,
    EncoderName,
    FaqSetFile,
    JsonFlag,
    Workers,
    circumstances,
    counted,
    date,
    failing_clearly,
    loaded,
    opener_for,
    require_extra,
    settings,
    workers_for,
)
from indexer.cli import print_json, progress, say

eval_app = typer.Typer(no_args_is_help=True)


@eval_app.callback(help="评测：跑题集、比较、把关、报告、题集工具")
def _before_all(context: typer.Context) -> None:
    if context.invoked_subcommand != "lint":  # it only reads
        require_extra()


RunPlace = Annotated[Path, typer.Argument(help="评测目录或其中的 run.json")]
BaselineRun = Annotated[
    Path | None, typer.Option("--baseline", help="基线：以前一次评测的目录或 run.json")
]


@eval_app.command("run")
def run_command(
    faqset: FaqSetFile,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="把结果和报告写到这个目录；中断后可接着做")
    ] = None,
    as_of: AsOf = "",
    system: Annotated[
        str,
        typer.Option(
            "--system",
            help="评测什么：默认已发布的索引；file:… 另一个索引；http(s)://… 运行中的服务；"
            "bm25、dense、ensemble 对照；langchain:模块:名称、endpoint:文件、trec:文件",
        ),
    ] = "",
    encoder: EncoderName = "",
    split: Annotated[str, typer.Option("--split", help="只跑 train、dev 或 test")] = "",
    only: Annotated[str, typer.Option("--only", help="只跑这些题号，用逗号隔开")] = "",
    baseline: BaselineRun = None,
    workers: Workers = 0,
    restart: Annotated[bool, typer.Option("--restart", help="不接着没做完的，从头做")] = False,
    as_json: JsonFlag = False,
) -> None:
    """跑一份题集，给出各项指标和置信区间；写出 run.json、报告、JUnit 和题目工作簿。"""
    from eval.run import run_faqset
    from eval.stored import read_run, set_aside, write_run
    from eval.systems.http import shown
    from eval.systems.index import IndexOpener
    from eval.systems.spec import opener_of

    if out is not None and not str(out).strip("."):
        raise typer.BadParameter("是当前目录；请写一个自己的目录", param_hint="--out")
    if system and encoder:
        raise typer.BadParameter("只用于自己的索引，不能和 --system 一起写", param_hint="--encoder")
    if baseline and out is None:
        raise typer.BadParameter(
            "和基线的比较写在报告里，要和 --out 一起写；只比较用 zhiku eval compare",
            param_hint="--baseline",
        )
    with failing_clearly():
        questions = loaded(faqset, split, only)
        before = read_run(baseline) if baseline else None
        day = date(as_of) or questions.as_of
        given = settings()
        with opener_for(given, encoder) as own, progress() as report:
            opener = opener_of(system, settings=given, as_of=day, faqset=faqset) if system else own
            if isinstance(opener, IndexOpener):
                opener = opener.pinned()
            opened = opener.open()
            try:
                run = run_faqset(
                    questions,
                    opened,
                    opener=opener,
                    workers=workers_for(len(questions.questions), workers),
                    as_of=day,
                    folder=out,
                    restart=restart,
                    circumstances=circumstances(
                        system=shown(system), encoder=encoder, split=split, only=only
                    ),
                    progress=counted(report, "评测"),
                )
            finally:
                opened.close()
        if out is not None:
            from eval.outputs import write_outputs  # plots and workbooks take seconds to load

            if kept := set_aside(run, out):
                say(f"{out} 里的 run.json 是另一次评测的，另存为 {kept.name}")
            write_run(run, out)
            say(f"已写 {out}/run.json")
            for note in write_outputs(run, out, baseline=before):
                say(note)
            say(f"已写 {out}/report.html、junit.xml、questions.xlsx")
    if as_json:
        print_json({"setting": run.setting, **run.metrics})
        return
    from eval.tables import show_run

    show_run(run)


@eval_app.command("report")
def report_command(
    run: RunPlace,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="写到这个目录；默认评测目录")] = None,
    baseline: BaselineRun = None,
    review: Annotated[
        Path | None, typer.Option("--review", help="填好的 questions.xlsx，复核结果写进报告")
    ] = None,
) -> None:
    """从存好的评测结果重新写出报告、JUnit 和题目工作簿，不再提问。"""
    from eval.outputs import write_outputs
    from eval.stored import read_run

    with failing_clearly():
        found = read_run(run)
        place = out or (run if run.is_dir() else run.parent)
        before = read_run(baseline) if baseline else None
        for note in write_outputs(found, place, baseline=before, review=review):
            say(note)
        say(f"已写 {place}/report.html")


@eval_app.command("compare")
def compare_command(
    a: Annotated[Path, typer.Argument(help="甲：评测目录或 run.json")],
    b: Annotated[Path, typer.Argument(help="乙：评测目录或 run.json")],
    as_json: JsonFlag = False,
) -> None:
    """比较两次评测：差多少、是否显著、哪些题变好变差；按子库和问法分。"""
    from eval.compare import compare
    from eval.stored import read_run

    with failing_clearly():
        found = compare(read_run(a), read_run(b))
    if as_json:
        print_json(found.to_json())
        return
    from eval.paired_tables import show_comparison

    show_comparison(found)


@eval_app.command("gate")
def gate_command(
    run: RunPlace,
    *,
    baseline: Annotated[Path, typer.Option("--baseline", help="基线的目录或 run.json")],
    measure: Annotated[
        str, typer.Option("--measure", help="按哪个指标把关；默认 right，只排序的系统 Hit@1")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """和基线比，能不能发布：通过、提醒或不通过；不通过时退出码为 1。"""
    from eval.gate import Ruling, gate
    from eval.stored import read_run

    with failing_clearly():
        found = gate(read_run(run), read_run(baseline), measure)
    if as_json:
        print_json(found.to_json())
    else:
        from eval.paired_tables import show_gate

        show_gate(found)
    if found.ruling is Ruling.FAIL:
        raise typer.Exit(1)


@eval_app.command("trend")
def trend_command(
    folder: Annotated[Path, typer.Argument(help="存放多次评测的目录")], as_json: JsonFlag = False
) -> None:
    """一个目录下历次评测的走势。"""
    from eval.errors import RunError
    from eval.report.trend import runs_below, trend

    with failing_clearly():
        if not folder.is_dir():
            raise RunError(f"{folder}: 不是文件夹；要存放评测结果的目录")
        runs, notes = runs_below(folder)
        for note in notes:
            say(note)
        if not runs:
            raise RunError(f"{folder}: 里面没有评测结果；先用 zhiku eval run --out 存下几次")
        rows = trend(runs)
    if as_json:
        print_json({"runs": list(rows)})
        return
    from eval.paired_tables import show_trend

    show_trend(rows)
