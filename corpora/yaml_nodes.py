"""YAML with marks: plain values, the line of every field path, and syntax errors in Chinese.

Values are what ``yaml.SafeLoader`` makes of them, but a key that is written twice is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

FieldPath: TypeAlias = tuple[str | int, ...]

# libyaml is some ten times faster; both loaders give the same nodes and marks.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_ALIASED: Final = 100_000  # nodes reached through aliases: a "billion laughs" ends here
_MAX_DEPTH: Final = 100
_MERGE: Final = "tag:yaml.org,2002:merge"
_MAP: Final = "tag:yaml.org,2002:map"
_SEQUENCE: Final = "tag:yaml.org,2002:seq"

_TOO_DEEP: Final = "嵌套太深，请检查缩进和括号"
_CHINESE: Final = (
    (r"character '\\t'|found a tab", "缩进用了制表符（Tab），请改为空格"),
    (
        r"mapping values are not allowed",
        "这里不能再有“: ”，含冒号加空格的文字请整段加引号，或检查缩进",
    ),
    (r"could not find expected ':'", "缺少冒号，字段应写成“字段: 值”，多行文字请加引号"),
    (r"unexpected end of stream", "引号或括号没有成对，请补上另一半"),
    (r"cannot start any token", "文字不能以这个字符开头，请整段加引号"),
    (
        r"did not find expected (?:key|'-' indicator)|expected <block end>",
        "缩进没有对齐，或文字里的引号没有配对",
    ),
    (r"did not find expected ',' or|expected ',' or", "[ ]或{ }里缺少逗号，或没有收尾"),
    (
        r"undefined alias|scanning an (?:alias|anchor)",
        "引用（*名字）没有对应的锚（&名字）；以*开头的文字请加引号",
    ),
    (r"duplicate anchor", "锚（&名字）定义了两次，请改名"),
    (r"escape character|escape", "双引号里的反斜杠写法不对，请改用单引号"),
    ("maximum nesting depth", _TOO_DEEP),  # newer libyaml notices before we do
)


class SyntaxProblem(ValueError):
    """A text that is not YAML, with the line at which it stops being YAML."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"{line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Flaw:
    """A spot of a document that cannot be taken as it stands."""

    line: int
    path: FieldPath
    problem: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document: its value, the line it starts on, the line of every path, and its flaws."""

    value: object
    line: int
    lines: Mapping[FieldPath, int]
    flaws: tuple[Flaw, ...]


def parse_yaml(text: str) -> list[Parsed]:
    """All documents of ``text`` that are not empty; ``SyntaxProblem`` where it is not YAML."""
    try:
        _refuse_depth(text)
        nodes = list(_compose(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise SyntaxProblem(mark.line + 1 if mark else 1, _in_chinese(error, text)) from error
    except yaml.YAMLError as error:
        raise SyntaxProblem(1, f"不是YAML：{error}") from error
    parsed = [_Walk().document(node) for node in nodes]
    return [document for document in parsed if document.value is not None or document.flaws]


def _refuse_depth(text: str) -> None:
    """libyaml composes by recursion in C: without this, 100,000 brackets end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise SyntaxProblem(line, _TOO_DEEP)


def _compose(text: str) -> Iterator[yaml.Node]:
    loader = _LOADER(text)
    try:
        while loader.check_node():
            if (node := loader.get_node()) is not None:
                yield node
    finally:
        loader.dispose()


def _in_chinese(error: yaml.MarkedYAMLError, text: str) -> str:
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark
    if mark is not None:
        line = text.split("\n")[mark.line] if mark.line <= text.count("\n") else ""
        if re.match(r" *\t", line):  # libyaml reports some tabs as a missing key
            return _CHINESE[0][1]
    found = (chinese for pattern, chinese in _CHINESE if re.search(pattern, said))
    return next(found, f"YAML语法错误：{said.strip()}")


@dataclass(slots=True)
class _Walk:
    """One way through a document; remembers what it has seen, so aliases cannot run away."""

    lines: dict[FieldPath, int] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    aliased: int = 0
    scalars: Any = field(default_factory=yaml.constructor.SafeConstructor)

    def document(self, node: yaml.Node) -> Parsed:
        value = self.value(node, ())
        return Parsed(value, node.start_mark.line + 1, self.lines, tuple(self.flaws))

    def value(self, node: yaml.Node, path: FieldPath) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if not isinstance(node, yaml.ScalarNode):
            self.aliased += id(node) in self.seen
            if len(path) > _MAX_DEPTH or self.aliased > _MAX_ALIASED:
                if not any("引用" in flaw.problem for flaw in self.flaws):
                    self.flaw(node, path[:1], "嵌套或引用（*名字）太多，请把内容直接写出来")
                return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            if node.tag != _SEQUENCE:
                self.flaw(node, path, f"不支持标签{node.tag}，请写成普通列表")
            self.seen.add(id(node))
            return [self.value(child, (*path, n)) for n, child in enumerate(node.value)]
        return self.scalar(node, path)

    def scalar(self, node: yaml.Node, path: FieldPath) -> object:
        try:
            return self.scalars.construct_object(node)
        except yaml.constructor.ConstructorError:
            self.flaw(node, path, f"不支持标签{node.tag}，请写成普通的值")
        except ValueError:
            self.flaw(node, path, f"“{node.value[:20]}”不是有效的日期或数字，请改正或加引号")
        return None

    def mapping(self, node: yaml.MappingNode, path: FieldPath) -> dict[str, object]:
        if node.tag != _MAP:
            self.flaw(node, path, f"不支持标签{node.tag}，请写成普通的“字段: 值”")
        first_visit = id(node) not in self.seen
        self.seen.add(id(node))
        own: dict[str, object] = {}
        inherited: dict[str, object] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                inherited = self.merged(value_node, path) | inherited
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self.flaw(key_node, path, "字段名应是文字")
                continue
            key = str(key_node.value)  # as written: unquoted on, yes and 1 are names here
            if key in own:
                if first_visit:
                    self.flaw(key_node, (*path, key), f"字段{key}写了两次，请只留一个")
                continue
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            own[key] = self.value(value_node, (*path, key))
        return inherited | own

    def merged(self, node: yaml.Node, path: FieldPath) -> dict[str, object]:
        """What ``<<`` brings in; the first of several mappings wins."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        together: dict[str, object] = {}
        for source in sources:
            value = self.value(source, path)
            if isinstance(value, dict):
                together = value | together
            else:
                self.flaw(source, path, "<<后面应是“字段: 值”或它们的列表")
        return together

    def flaw(self, node: yaml.Node, path: FieldPath, problem: str) -> None:
        self.flaws.append(Flaw(node.start_mark.line + 1, path, problem))
