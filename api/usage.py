"""What the command line itself refuses (an option, a number, a path), said in Chinese."""

from __future__ import annotations

import re
from typing import Final

import typer

USAGE_ERROR: Final = typer.BadParameter.__bases__[0]
"""What typer raises for a command line that it cannot read; which module holds it, varies."""

_QUOTED: Final = r"['\"]?(.+?)['\"]?"
_REFUSED: Final = (
    (rf"No such option:? {_QUOTED}(?: \(Possible| Did|\.?$)", "没有选项 {0}"),
    (r"No such command ['\"]?(.+?)['\"]?\.(?: |$)", "没有命令 {0}"),
    (rf"Missing argument {_QUOTED}\.?$", "缺少参数 {0}"),
    (rf"Missing option {_QUOTED}\.?(?:$|\s+Choose from)", "缺少选项 {0}"),
    (r"unexpected extra arguments?(?:\(s\))? \((.+)\)", "多出了 {0}；有空格的文字要加引号"),
    (r"Option ['\"](.+?)['\"] requires (?:an|\d+) argument", "选项 {0} 后面要写它的值"),
    (r"Option ['\"](.+?)['\"] does not take a value", "选项 {0} 后面不写值"),
)
_WRONG_VALUE: Final = (
    (r"greater than or equal to (\S+)", "不能小于 {0}"),
    (r"less than or equal to (\S+)", "不能大于 {0}"),
    (r"not in the range ([^.]+)", "应在 {0} 之内"),
    (r"valid int", "应是整数"),
    (r"does not match the format", "应写成 2026-11-01 这样的日期"),
    (r"['\"](.+)['\"] does not exist", "没有 {0}；请检查路径"),
    (r"['\"](.+)['\"] is a file", "{0} 是文件，这里要文件夹"),
    (r"['\"](.+)['\"] is a directory", "{0} 是文件夹，这里要文件"),
    (r"['\"](.+)['\"] is not readable", "{0} 没有读权限"),
)


def usage_problem(message: str) -> str:
    """Typer's English message in Chinese; our own wrong-value messages keep their words.

    >>> usage_problem("No such command 'serach'. Did you mean 'search'?")
    '没有命令 serach（是不是 search？）'
    >>> usage_problem("Invalid value for '-k': Input should be less than or equal to 50")
    '-k 的值不能用：不能大于 50'
    """
    named = re.match(rf"Invalid value for {_QUOTED}: (.+)", message, re.DOTALL)
    if named is None:
        said = _found(_REFUSED, message) or f"命令写法不对（{message}）"
    elif why := _found(_WRONG_VALUE, named[2]):  # first, for the value in it may be Chinese
        said = f"{named[1]} 的值不能用：{why}"
    else:
        said = f"{named[1]}：{named[2]}"
    near = re.search(r"(?:Did you mean|Possible options:)(?: one of)?:? (.+?)[?)]", message)
    return f"{said}（是不是 {near[1].replace(chr(39), '')}？）" if near else said


def _found(table: tuple[tuple[str, str], ...], message: str) -> str:
    for pattern, said in table:
        if match := re.search(pattern, message):
            return said.format(*match.groups())
    return ""
