"""What pydantic and our types say about a wrong value, in Chinese that tells how to mend it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from corpora.types import FieldError

EMPTY: Final = "是空的，请填写，或删去这个字段"
NOT_TEXT: Final = "应为文字；数字、日期、on、off、yes、no要加引号"
NOT_DATE: Final = "应为日期，写成2026-12-01，不加引号"
NOT_NUMBER: Final = "应为数字，不带单位"

_BY_KIND: Final = (
    ("missing", "缺少这个必填字段"),
    ("string_", NOT_TEXT),
    ("tuple_", "应为列表，写成[甲, 乙]或每行一个“- ”"),
    ("list_", "应为列表，写成[甲, 乙]或每行一个“- ”"),
    ("dataclass_type", "应为“字段: 值”的写法"),
    ("int_", "应为整数，不带单位"),
    ("decimal_", NOT_NUMBER),
    ("finite_number", NOT_NUMBER),
    ("date_", NOT_DATE),
    ("bool_", "应为true或false"),
)

# What the types say, by field and a mark in their English text.
_BY_FIELD: Final = (
    ("id", "must be", "编号只能用1–80个小写字母、数字和 . _ -，且以字母或数字开头"),
    ("title", "empty", "标题是空的，请填写"),
    ("facets", "at least one", "至少要有一个口径（facets）"),
    ("effective_to", "before", "失效日期早于生效日期，请改正其一"),
    ("weight", "below", "weight应不小于1"),
    ("variant_of", "itself", "条目不能是自己的地方版本，请改为基础条目的编号"),
    ("variant_of", "needs the region", "地方版本须写明适用地区region"),
    ("region", "path", "地区应写成yj、yj/yundu或yj/yundu/h01这样的路径"),
    ("codes", "must be", "编码只能是2–32个字母、数字、-或_，并加引号"),
    ("facets.official", "official", "缺少业务口径，请填写official"),
    (
        "facets.customer",
        "readers only",
        "只给坐席或内部看的口径不能写客户话术，请删去customer或改audience",
    ),
    ("facets.customer", "customer", "给客户的口径缺少客户话术，请填写customer或改audience"),
    ("actions.target", "empty", "办理方式缺少target，请填写"),
    (
        "actions.target",
        "COMMAND",
        "短信办理应写成“指令@端口”，如TDLLB10@10086，指令只用大写字母、数字和#",
    ),
    ("parts.kind", "neither", "彩信部件的kind只能是text或image"),
    ("parts.text", "empty", "彩信的文字部件是空的，请填写text"),
    ("parts.image", "plain", "图片应为png、jpg或gif文件名，只用小写字母、数字、_和-"),
    ("body", "empty", "正文是空的，请填写"),
    ("body", "signature", "正文不写【】，签名由系统添加，请删去"),
    ("body", "side by side", "两个变量紧挨着，请在中间加文字"),
    ("body", "in pairs", "[[和]]没有成对，或套在了一起，请改成[[，有效期{{ term }}]]的样子"),
    ("body", "exceed", "一段文字里的[[ ]]超过8处，请减少"),
    ("body", "nothing decides", "[[ ]]里没有变量，无法决定说不说，请写上变量或去掉[[ ]]"),
    ("body", "words outside", "[[ ]]外面没有文字，变量都没有值时消息是空的，请补上"),
    ("body", "brace", "有不成对的花括号，变量应写成{{ fee }}"),
    ("placeholders", "twice", "有变量声明了两次，请只留一个"),
    ("placeholders", "exceed", "变量超过20个，网关不收，请减少"),
    ("placeholders", "not declared", "正文用了没有声明的变量，请在placeholders里声明"),
    ("placeholders", "not used", "声明了正文没有用到的变量，请删去或在正文里使用"),
    ("parts", "needs parts", "彩信须有parts，正文是它的短信备份"),
    ("parts", "only an MMS", "只有彩信才能写parts，请删去或改channel"),
    ("variant_of", "belong together", "地方版本要同时写variant_of和region，请补上另一个"),
    (
        "approved_by",
        "belong together",
        "批准要同时写approved_by、approved_on和approved_content，请补齐或都删去",
    ),
    ("trigger", "between", "触发的天数应在0到366之间"),
    ("trigger", "exclude", "days_before和days_after只能写一个"),
    ("trigger", "nobody can know", "这个事件无法预先知道，不能写days_before，请改用days_after"),
    ("variants", "empty", "同义词组要有canonical和至少一个variants"),
    ("term", "empty", "术语是空的，请填写term"),
    ("plain", "plain words", "术语没有大白话说法，请填写plain"),
    ("local", "one place", "同一地区写了两种说法，请只留一个"),
    ("local.plain", "empty", "地市说法是空的，请填写plain"),
    ("region", "no hall", "营业厅的region应写成yj/yundu/h01这样的三级路径"),
    ("address", "empty", "营业厅缺少地址，请填写address"),
    ("hours", "empty", "营业厅缺少营业时间，请填写hours"),
    ("item", "not the id", "item应为条目编号，如biz-simswap"),
    ("query", "empty", "问题是空的，请填写query"),
    ("query", "longer", "问题最多100个字，请写短一些"),
    ("title", "longer", "按钮上的字最多100个，请写短一些"),
    ("regions", "path", "地区应写成yj、yj/yundu或yj/yundu/h01这样的路径"),
    ("note", "which part", "有渠道写了part，请在note里说明可办哪一部分"),
    ("direction", "neither", "direction只能是both或query"),
    ("patterns", "regular", "不是正则表达式，请检查括号和反斜杠"),
    ("unless", "regular", "不是正则表达式，请检查括号和反斜杠"),
)
_NAMES: Final = re.compile(r"^([a-z0-9_, ]+) (?:used but not|declared but not)")


def in_chinese(error: Mapping[str, Any]) -> str:
    """One of pydantic's error mappings as a sentence."""
    kind = str(error["type"])
    value = error.get("input")
    if kind == "enum":
        return unknown_value(value, re.findall(r"'([^']*)'", str(error["ctx"]["expected"])))
    if kind == "value_error" and isinstance(cause := error["ctx"]["error"], FieldError):
        return field_error(cause)
    if value is None and kind != "missing":
        return EMPTY
    found = (chinese for prefix, chinese in _BY_KIND if kind.startswith(prefix))
    return next(found, str(error["msg"]))


def field_error(error: FieldError) -> str:
    """What one of our types refuses, in Chinese; texts that are Chinese already stay."""
    for name, mark, chinese in _BY_FIELD:
        if error.field == name and mark in error.problem:
            named = _NAMES.match(error.problem)
            return f"{chinese}：{named[1]}" if named else chinese
    return error.problem


def unknown_value(value: object, valid: Iterable[str]) -> str:
    """A value outside a closed list, with the list and the nearest member."""
    known = list(valid)
    return f"没有“{value}”{nearest(str(value), known)}；可用：{'、'.join(known)}"


def nearest(written: str, known: Iterable[str]) -> str:
    """`，是不是想写…` where something similar exists, else nothing."""
    close = get_close_matches(written, list(known), n=1, cutoff=0.6)
    return f"，是不是想写{close[0]}" if close else ""


_SYSTEM: Final = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "文件系统是只读的",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.EISDIR: "是文件夹，这里要文件",
    errno.ENOTDIR: "路径里有一段是文件，不是文件夹",
    errno.EFBIG: "超过了文件大小的限制",
    errno.EEXIST: "已经有同名的文件",
    errno.ENAMETOOLONG: "名称太长",
    errno.EADDRINUSE: "端口已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}


def system_reason(error: OSError) -> str:
    """Why the system refused, in Chinese where it is a common reason."""
    return _SYSTEM.get(error.errno or 0) or error.strerror or str(error)


def system_error(error: OSError) -> str:
    """What the system refused and where; an error that we raised keeps its words.

    >>> system_error(NotADirectoryError(errno.ENOTDIR, "Not a directory", "/etc/hosts/x"))
    '/etc/hosts/x：路径里有一段是文件，不是文件夹；请检查路径和权限'
    """
    if error.errno is None:
        return str(error)
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    cure = "请腾出空间后再试" if full else "请检查路径和权限"
    where = f"{error.filename}：" if error.filename else ""
    return f"{where}{system_reason(error)}；{cure}"
