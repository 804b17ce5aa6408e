"""Which files of a folder hold which knowledge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from corpora.messages import nearest
from corpora.source import Problem, Severity
from corpora.types import SubLibrary

_LIBRARIES: Final = {library.value: library for library in SubLibrary}
_TABLES: Final = (".yaml", ".yml", ".jsonl")
_OTHER_TABLES: Final = (".json", ".csv", ".xlsx", ".xls")
_APART: Final = ("faq", "images")  # question sets are no knowledge; pictures are named by templates


class Role(StrEnum):
    """What the records of a file are."""

    ITEMS = "items"
    TEMPLATES = "templates"
    WORDS = "words"
    SYNONYMS = "synonyms"
    GLOSSARY = "glossary"
    ROUTES = "routes"
    PRICE_BOOK = "price_book"
    REGIONS = "regions"
    HALLS = "halls"
    CHANNELS = "channels"
    LOOKUPS = "lookups"


_LEXICON: Final = (Role.WORDS, Role.SYNONYMS, Role.GLOSSARY, Role.ROUTES)
_REGISTERS: Final = (Role.PRICE_BOOK, Role.REGIONS)
_BESIDE: Final = (Role.HALLS, Role.CHANNELS, Role.LOOKUPS)


@dataclass(frozen=True, slots=True)
class KnowledgeFile:
    """A file to read; items of a sub-library's folder belong to that sub-library."""

    path: Path
    role: Role
    library: SubLibrary | None = None


def knowledge_files(path: Path) -> tuple[list[KnowledgeFile], list[Problem]]:
    """What to read for a folder or for one file; warnings name what is left out.

    A sub-library's folder, and a file in it, borrow the price book and the regions beside it.
    ``OSError`` where ``path`` cannot be listed.
    """
    if path.is_file():
        parent = path.resolve().parent
        own = _role_of(path, parent)
        return [*_registers_of(parent, {own.role}), own], []
    warnings: list[Problem] = []
    found = list(_walk(path, warnings))
    roles = {file.role for file in found}
    found = [*(_registers_of(path.resolve(), roles) if found else ()), *found]
    return sorted(found, key=lambda file: file.role not in _REGISTERS), warnings


def _walk(folder: Path, warnings: list[Problem]) -> Iterator[KnowledgeFile]:
    own = folder.resolve()
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")):
            continue
        if not path.is_dir():
            if _is_read(path, own, warnings):
                yield _role_of(path, own)
        elif path.name in (*_LIBRARIES, "templates", "lexicon"):
            for inner in sorted(path.rglob("*")):
                if inner.is_file() and _is_read(inner, path, warnings):
                    yield _role_of(inner, path)
        elif path.name not in _APART and any(p.suffix in _TABLES for p in path.iterdir()):
            hint = nearest(path.name, _LIBRARIES)
            known = "、".join((*_LIBRARIES, "templates", "lexicon"))
            problem = f"文件夹名不认识，里面没有读取{hint}；可用：{known}"
            warnings.append(Problem(str(path), 0, "文件夹", problem, Severity.WARNING))


def _is_read(path: Path, folder: Path, warnings: list[Problem]) -> bool:
    """Whether a file is knowledge; a table in another format is worth a word."""
    if any(part in _APART for part in path.parts[len(folder.parts) : -1]):
        return False
    if folder.name == "lexicon":
        return path.stem in _LEXICON and path.suffix in (".yaml", ".yml", ".txt")
    if path.suffix in _OTHER_TABLES:
        problem = "没有读取这种格式，请另存为yaml或jsonl"
        warnings.append(Problem(str(path), 0, "文件", problem, Severity.WARNING))
    return path.suffix in _TABLES


def _role_of(path: Path, folder: Path) -> KnowledgeFile:
    if path.stem in (*_REGISTERS, *_BESIDE) and folder.name not in _LIBRARIES:
        return KnowledgeFile(path, Role(path.stem))
    if folder.name == "lexicon" and path.stem in _LEXICON:
        return KnowledgeFile(path, Role(path.stem))
    if folder.name == "templates":
        return KnowledgeFile(path, Role.TEMPLATES)
    return KnowledgeFile(path, Role.ITEMS, _LIBRARIES.get(folder.name))


def _registers_of(folder: Path, roles: set[Role]) -> Iterator[KnowledgeFile]:
    """The price book and the regions that lie beside a sub-library, where it has none itself."""
    inside = folder.name in (*_LIBRARIES, "templates", "lexicon")
    beside = folder.parent if inside else folder
    for role in _REGISTERS:
        for path in sorted(beside.glob(f"{role.value}.y*ml")):
            if role not in roles:
                yield KnowledgeFile(path, role)
