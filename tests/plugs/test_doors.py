"""Each vendor library has one door: what others of ours need of it they get from there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.api.serving import REPOSITORY

PACKAGES: Final = ("corpora", "indexer", "retriever", "api", "eval")
DOORS: Final = {
    "torch": {"indexer/encoders/st/encoder.py", "eval/teaching/training.py"},
    "transformers": {"eval/teaching/training.py"},
    "onnx": {"eval/teaching/graph.py"},
    "sentence": {"indexer/encoders/st/encoder.py"},
    "mcp": {"api/mcp/server.py"},
    "langchain": {
        "retriever/langchain/__init__.py",
        "retriever/langchain/retriever.py",
        "retriever/langchain/tool.py",
        "retriever/langchain/rewriter.py",
        "eval/systems/langchain.py",
        "eval/systems/baselines.py",
    },
}


@pytest.mark.parametrize("library", DOORS)
def test_a_library_is_imported_by_its_doors_alone(library: str) -> None:
    imports = re.compile(rf"^\s*(?:from|import) {library}(?:_\w+)?\b", re.MULTILINE)
    files = [path for package in PACKAGES for path in Path(REPOSITORY, package).rglob("*.py")]
    found = {
        path.relative_to(REPOSITORY).as_posix()
        for path in files
        if imports.search(path.read_text(encoding="utf-8"))
    }

    assert found == DOORS[library]


def test_nothing_that_a_model_is_told_is_made_with_a_vendors_library() -> None:
    for pure in ("retriever/told.py", "retriever/rewriting.py", "api/mcp/tools.py"):
        text = (REPOSITORY / pure).read_text(encoding="utf-8")
        assert not re.search(r"^\s*(?:from|import) (?:langchain|mcp|openai)", text, re.MULTILINE)
