"""What the command line refuses is one Chinese line with the way out, and exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.usage import usage_problem
from tests.cli.commands import Place


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serach", "a"], ("没有命令 serach", "search")),
        (["search"], ("缺少参数 question", "zhiku search --help")),
        (["search", "a", "--audienc", "agent"], ("没有选项 --audienc", "--audience")),
        (["search", "a", "-k", "99"], ("-k 的值不能用", "不能大于 50")),
        (["push", "render", "t", "--channel", "fax"], ("--channel", "fax", "sms")),
        (["corpus", "check", "--as-of", "明天"], ("--as-of", "2026-11-01")),
        (["model", "fetch", "--from", "/nope"], ("--from", "没有 /nope")),
        (["index", "build", "--library", "nope"], ("--library", "business")),
    ],
)
def test_a_wrong_command_line_is_told_in_chinese(
    tmp_path: Path, arguments: list[str], said: tuple[str, ...]
) -> None:
    assert Place(tmp_path).zhiku(*arguments).refused(*said, "用法见 zhiku")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("No such option: --nope", "没有选项 --nope"),
        ("Got unexpected extra argument (b)", "多出了 b；有空格的文字要加引号"),
        ("Option '-k' requires an argument.", "选项 -k 后面要写它的值"),
        ("Missing option '--channel'.", "缺少选项 --channel"),
        ("Missing option '--channel'. Choose from:\n\tsms,\n\tmms", "缺少选项 --channel"),
        (
            "Invalid value for '-k': 99 is not in the range 1<=x<=50.",
            "-k 的值不能用：应在 1<=x<=50 之内",
        ),
        ("Something new.", "命令写法不对（Something new.）"),
    ],
)
def test_every_release_of_typer_is_understood(message: str, said: str) -> None:
    assert usage_problem(message) == said


def test_a_group_alone_shows_its_commands(tmp_path: Path) -> None:
    ran = Place(tmp_path).zhiku_from_the_start("corpus")
    assert ran.status == 2
    assert "import" in ran.out + ran.err
    assert "错误" not in ran.err


def test_what_the_system_refuses_is_told_in_chinese(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("index", "not a folder")
    ran = place.zhiku_from_the_start("search", "亲情网")
    assert ran.refused(str(place.index))
    assert "Errno" not in ran.err
