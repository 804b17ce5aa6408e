"""The register of regions: which paths exist and what people call them."""

from __future__ import annotations

from dataclasses import dataclass

from corpora.types import FieldError, Region


@dataclass(frozen=True, slots=True)
class NamedRegion:
    """A region path and its Chinese name."""

    path: str
    name: str

    def __post_init__(self) -> None:
        Region(self.path)


@dataclass(frozen=True, slots=True)
class Regions:
    """All regions of an operator; an empty register accepts every well-formed path."""

    entries: tuple[NamedRegion, ...] = ()

    def find(self, path_or_name: str) -> Region:
        """The region of a path or a Chinese name; ``FieldError`` names what could be meant."""
        for entry in self.entries:
            if path_or_name in (entry.path, entry.name):
                return Region(entry.path)
        if not self.entries:
            return Region(path_or_name)
        known = "、".join(f"{entry.path}（{entry.name}）" for entry in self.entries[:12])
        raise FieldError("region", f"没有地区 {path_or_name!r}；可用：{known}")

    def name_of(self, path: str) -> str:
        """The Chinese name, or the path itself where the register does not know it."""
        return next((entry.name for entry in self.entries if entry.path == path), path)
