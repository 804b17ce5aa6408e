"""``zhiku model teach``: a model that reads a question beside each facet, trained on one's own questions."""

from __future__ import annotations

import os
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from eval.deployment import (
    AsOf,
    EncoderName,
    JsonFlag,
    base_to_learn_from,
    counted,
    date,
    failing_clearly,
    loaded,
    require_extra,
    settings,
)
from indexer.cli import print_json, progress, say

if TYPE_CHECKING:
    import datetime as dt

    from eval.faqset import FaqSet
    from eval.teaching.lessons import FacetLesson, LessonMaker
    from indexer.encoders.protocol import TokenStates
    from indexer.taught import Joined, Taught
    from retriever.knowledge_base import KnowledgeBase

_EXTRA: Final = ("onnx", "torch", "transformers")
_SUFFIX: Final = ".taught.npz"
_SEED: Final = 1


def model_teach(
    faqsets: Annotated[list[Path], typer.Argument(help="题集或题集的文件夹；学它们的 train 题")],
    *,
    out: Annotated[Path, typer.Option("--out", help="写到这个目录")],
    whole: Annotated[
        list[Path] | None, typer.Option("--whole", help="整套都学的题集，不看 split；可以写几次")
    ] = None,
    epochs: Annotated[float, typer.Option("--epochs", min=0.01, help="全部题目学几遍")] = 3.0,
    batch: Annotated[
        int, typer.Option("--batch", min=2, help="一步学几道题；内存不够时改小，如 4")
    ] = 32,
    known: Annotated[
        int, typer.Option("--known", min=0, help="方面下已有的问法，最多用多少条")
    ] = 3000,
    device: Annotated[
        str, typer.Option("--device", help="在哪里训练，如 cuda；默认 cpu，上万道题要几天")
    ] = "cpu",
    joined_from: Annotated[
        Path | None, typer.Option("--joined-from", help=f"怎样计入，照这个 {_SUFFIX} 文件里的")
    ] = None,
    as_of: AsOf = "",
    encoder: EncoderName = "",
    as_json: JsonFlag = False,
) -> None:
    """教向量模型逐个方面读题：用题集和知识里已有的问法训练，写出 .taught.npz。"""
    require_extra()
    _require_extra()
    from eval.teaching.graph import graph_at, graph_file
    from eval.teaching.lessons import LessonMaker
    from eval.teaching.training import TeachingSettings, trained
    from indexer.taught import Taught

    with failing_clearly():
        given = settings()
        day = date(as_of)
        sets = _sets(faqsets, whole or [])
        with base_to_learn_from(given, encoder) as (base, _, _), progress() as report:
            items = frozenset(line.item_id for line in base.retriever.searcher.suggestions())
            joined = _joined(joined_from, items)
            graph = graph_at(graph_file(base.manifest.encoder, given.models))
            model = _tokens_of(base)
            maker = LessonMaker(base, model)
            labelled, of_known = _lessons(maker, sets, day, known, report)
            learned = trained(
                [*labelled, *of_known],
                graph,
                model.framed,
                TeachingSettings(
                    epochs=epochs,
                    batch=batch,
                    seed=_SEED,
                    device=device,
                    threads=os.cpu_count() or 1,
                ),
                counted(report, "训练"),
            )
            taught = Taught(
                values=learned.values,
                projection=learned.projection,
                met=learned.met,
                cosine=learned.cosine,
                nothing=learned.nothing,
                nothing_bias=learned.nothing_bias,
                joined=joined,
                items=items,
                questions=frozenset(lesson.id for lesson in labelled),
            )
            fingerprint = base.manifest.encoder_fingerprint
        path = taught.write(out, fingerprint)
    last = learned.losses[-max(1, len(learned.losses) // 20) :]
    told: dict[str, Any] = {
        "path": str(path),
        "digest": taught.digest,
        "labelled_questions": len(labelled),
        "known_questions": len(of_known),
        "items": len(taught.items),
        "steps": len(learned.losses),
        "loss": {"first": learned.losses[0], "last": sum(last) / len(last)},
    }
    if as_json:
        print_json(told)
    say(
        f"学了 {len(labelled)} 道题和 {len(of_known)} 条已有的问法，"
        f"{len(learned.losses)} 步，损失 {told['loss']['first']:.2f} → {told['loss']['last']:.2f}"
    )
    say(
        f"已写 {path}；放进 ZHIKU_FITTED 指的目录就会用上，请用 zhiku eval run --split dev 和没有它时比一比"
    )


def _require_extra() -> None:
    """Ends with the cure where what only teaching needs is not installed."""
    if missing := [name for name in _EXTRA if find_spec(name) is None]:
        say(f"错误：训练要用的 {'、'.join(missing)} 没有安装；请运行 pip install 'zhiku[teach]'")
        raise typer.Exit(2)


def _sets(paths: list[Path], whole: list[Path]) -> list[FaqSet]:
    """Of each set what is learned; no question by the name of another one."""
    from eval.errors import TeachError
    from eval.faqset import Split

    sets = [loaded(path).only(Split.TRAIN) for path in paths] + [loaded(path) for path in whole]
    for one in sets:
        if not one.questions:
            raise TeachError(
                f"{one.file}: 没有 split 为 train 的题；要整套都学，写 --whole {one.file}"
            )
    seen: set[str] = set()
    for one in sets:
        for question in one.questions:
            if question.id in seen:
                raise TeachError(f"{one.file}:{question.line}: {question.id!r} 在另一份题集里也有")
            seen.add(question.id)
    return sets


def _tokens_of(base: KnowledgeBase) -> TokenStates:
    """The encoder's own model, for its tokens."""
    from eval.errors import TeachError
    from indexer.encoders.protocol import Teachable

    encoder = base.retriever.encoder
    if not isinstance(encoder, Teachable):
        raise TeachError(f"向量模型 {encoder.name} 不能教")
    return encoder.with_values({})


def _lessons(
    maker: LessonMaker, sets: list[FaqSet], day: dt.date | None, known: int, report: Any
) -> tuple[list[FacetLesson], list[FacetLesson]]:
    """What labelled questions teach, and what those under facets do."""
    labelled: list[FacetLesson] = []
    for one in sets:
        labelled += maker.of_set(one, day or one.as_of, counted(report, one.file))
    latest = day or max(one.as_of for one in sets)
    return labelled, maker.of_known(latest, known, _SEED, counted(report, "已知问法"))


def _joined(path: Path | None, items: Collection[str]) -> Joined:
    """How findings count: as in a file, or as the defaults have it."""
    from eval.errors import TeachError
    from indexer.taught import Joined, taught_in

    if path is None:
        return Joined()
    found: Taught | None = None
    if path.name.endswith(_SUFFIX):
        found = taught_in(path.parent, path.name.removesuffix(_SUFFIX), items)
    if found is None:
        raise TeachError(f"{path}: 没有这个文件，或者它不是教过这套知识的 {_SUFFIX}")
    return found.joined
