"""What the documents say is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main

import zhiku
from corpora.settings import VARIABLES
from tests.conftest import REPOSITORY, Shipped

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
README_ZH = (REPOSITORY / "README.zh.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([^|]+) \| (answered|clarify|handover|unknown) \| ([^|]*) \|$", re.MULTILINE)


def run(arguments: list[str], environment: dict[str, str]) -> str:
    command = [sys.executable, str(Path(zhiku.__file__)), *arguments]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=REPOSITORY,
        env={**os.environ, **environment},
    )
    return done.stdout


def commands(command: Any, path: str = "zhiku") -> list[tuple[str, Any]]:
    """Every command with its whole name; groups are what has commands."""
    inside = getattr(command, "commands", None)
    if inside is None:
        return [(path, command)]
    return [found for name, sub in inside.items() for found in commands(sub, f"{path} {name}")]


def test_every_command_is_in_the_readme() -> None:
    known = commands(typer.main.get_command(zhiku.app))
    assert len(known) > 15
    for path, _ in known:
        assert f"`{path}" in README, path
        assert f"`{path}" in README_ZH, path


def test_every_command_says_what_it_does() -> None:
    for path, command in commands(typer.main.get_command(zhiku.app)):
        assert command.help, path


def test_every_setting_is_documented() -> None:
    documented = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in VARIABLES:
        assert name in documented


def test_links_between_documents_lead_somewhere() -> None:
    for document in REPOSITORY.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_both_readmes_show_the_same_questions() -> None:
    assert [row[0] for row in ROW.findall(README)] == [row[0] for row in ROW.findall(README_ZH)]
    assert len(ROW.findall(README)) >= 13


@pytest.mark.slow
def test_the_answer_at_the_top_of_the_readme_is_what_the_command_prints(shipped: Shipped) -> None:
    block = README.split('$ zhiku answer "')[1].split("```")[0]
    question, shown = block.split('"\n', 1)
    printed = run(["answer", question], shipped.environment)
    # the last line holds the time that it took
    assert printed.splitlines()[:-1] == shown.strip().splitlines()[:-1]


@pytest.mark.slow
def test_the_questions_of_the_readme_are_answered_as_it_says(shipped: Shipped) -> None:
    from corpora.types import Audience
    from retriever.cli import day_of
    from retriever.filters import Filter
    from retriever.opening import open_knowledge_base

    base = open_knowledge_base(shipped.environment["ZHIKU_INDEX_URL"], models=shipped.models)
    wanted = Filter(as_of=day_of(""), audience=Audience.AGENT)
    for question, outcome, text in ROW.findall(README):
        answer = base.answer(question, wanted)
        assert answer.outcome.value == outcome, question
        assert answer.text.splitlines()[0] == text.strip(), question
    base.close()
