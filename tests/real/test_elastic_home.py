"""The home of a node is whole or not there, and who lacks what it takes is told what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.elastic_home import PartMissing, home

TOOLS = ("java", "javac", "mvn")


def only(folder: Path, *names: str, says: str = "") -> str:
    """A search path with these commands alone; each says something and fails."""
    for name in names:
        tool = folder / name
        tool.write_text(f"#!/bin/sh\necho '{says}'\nexit 1\n")
        tool.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("lacking", TOOLS)
def test_a_missing_tool_is_named_with_the_way_to_get_it(
    lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", only(tmp_path, *(name for name in TOOLS if name != lacking)))
    with pytest.raises(PartMissing, match=rf"没有 {lacking}；.*make tools"):
        home(tmp_path / "real")


def test_what_cannot_be_fetched_is_told_and_leaves_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", only(tmp_path, *TOOLS, says="[ERROR] no route to the jars"))
    for _ in range(2):  # what the first attempt left is no home either
        with pytest.raises(PartMissing, match=r"no route to the jars.*make tools"):
            home(tmp_path / "real")
    assert not list((tmp_path / "real").glob("elasticsearch-*"))
