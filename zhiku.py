"""The front door: mounts the commands of all packages and turns their errors into one clear line."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

# Before NumPy and FAISS load: with a process a core, a team of threads for every search only waits
# for the others (p50 of a run with two processes 22 ms instead of 15).
os.environ.setdefault("OMP_NUM_THREADS", "1")

import typer

import api.cli
import api.desk.cli
import api.keys_cli
import api.mcp.cli
import api.push.cli
import corpora.cli
import corpora.editors_cli
import corpora.table_cli
import indexer.cli
import indexer.import_cli
import indexer.model_cli
import retriever.cli
from api.usage import USAGE_ERROR, usage_problem
from corpora.messages import system_error
from eval.adapt_cli import model_adapt
from eval.fit_cli import model_fit
from eval.index_cli import build_index
from eval.labelling_cli import eval_app
from eval.teach_cli import model_teach

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="知库：移动运营商一线人员的知识检索",
)

corpora.cli.app.command("gaps")(corpora.editors_cli.gaps)
corpora.cli.app.command("jargon")(corpora.editors_cli.jargon)
corpora.cli.app.command("compare")(corpora.editors_cli.compare)
corpora.cli.app.command("import")(indexer.import_cli.import_corpus)
corpora.cli.app.command("template")(corpora.table_cli.template)
corpora.cli.app.command("export")(corpora.table_cli.export)
corpora.cli.app.command("publish")(corpora.table_cli.publish)
indexer.cli.index_app.command("build")(build_index)
indexer.model_cli.model_app.command("fit")(model_fit)
indexer.model_cli.model_app.command("adapt")(model_adapt)
indexer.model_cli.model_app.command("teach")(model_teach)

app.add_typer(corpora.cli.app, name="corpus")
app.add_typer(indexer.cli.index_app, name="index")
app.add_typer(indexer.model_cli.model_app, name="model")
app.command("search")(retriever.cli.search)
app.command("answer")(retriever.cli.answer)
app.command("suggest")(retriever.cli.suggest)
app.command("follow")(retriever.cli.follow)
retriever.cli.push_app.command("worker")(api.push.cli.worker)
retriever.cli.push_app.command("outbox")(api.push.cli.outbox)
retriever.cli.push_app.command("effect")(api.push.cli.effect)
app.add_typer(retriever.cli.push_app, name="push")
app.add_typer(eval_app, name="eval")
app.command("serve")(api.cli.serve)
app.command("mcp")(api.mcp.cli.mcp)
app.add_typer(api.keys_cli.app, name="key")
app.add_typer(api.desk.cli.app, name="feedback")


def main() -> None:
    """Runs a command; what went wrong is one line on stderr and exit status 2."""
    try:
        status = app(prog_name="zhiku", standalone_mode=False)
    except USAGE_ERROR as error:
        if said := error.format_message():  # nothing where a group has shown its help instead
            command = error.ctx.command_path if error.ctx else "zhiku"
            _refuse(f"{usage_problem(said)}；用法见 {command} --help")
        sys.exit(2)
    except OSError as error:
        _refuse(system_error(error))
    except retriever.cli.main_errors() as error:
        _refuse(str(error))
    except typer.Abort:
        sys.exit(1)
    sys.exit(status or 0)


def _refuse(problem: str) -> NoReturn:
    typer.echo(f"错误：{problem}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
