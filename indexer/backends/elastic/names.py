"""Names of indices: which belong to which version, and which are not ours at all."""

from __future__ import annotations

import re
from typing import Final

from corpora.types import SubLibrary
from indexer.errors import IndexDamaged

RELEASE: Final = "release"
_VERSION: Final = re.compile(r"\d{8}T\d{6}-[0-9a-f]{10}")
_KINDS: Final = "|".join([RELEASE, *(library.value for library in SubLibrary)])


def checked(version: str) -> str:
    """The version's name; ``IndexDamaged`` where it cannot be one."""
    if not _VERSION.fullmatch(version):
        raise IndexDamaged(f"索引版本名 {version!r} 无效；请运行 zhiku index build 重建")
    return version


def index_name(alias: str, version: str, kind: str) -> str:
    """The index of a sub-library, or of what goes with a release, in one version.

    >>> index_name("zhiku", "20260301T093000-0123456789", "tips")
    'zhiku-20260301t093000-0123456789-tips'
    """
    return f"{alias}-{checked(version).lower()}-{kind}"


def version_of(alias: str, index: str) -> tuple[str, str] | None:
    """The version and kind of an index of this alias; None for one that is not ours.

    >>> version_of("zhiku", "zhiku-20260301t093000-0123456789-tips")
    ('20260301T093000-0123456789', 'tips')
    >>> version_of("zhiku", "zhiku-halls-20260301t093000-0123456789-tips")
    """
    found = re.fullmatch(rf"{re.escape(alias)}-(\d{{8}}t\d{{6}}-[0-9a-f]{{10}})-({_KINDS})", index)
    return (found[1].replace("t", "T"), found[2]) if found else None


def pattern(alias: str, kind: str = "*") -> str:
    """What finds all indices of a kind, and may find some that are not ours."""
    return f"{alias}-*-{kind}"
