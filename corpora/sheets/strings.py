"""The shared strings of a workbook on disk: in memory they alone would fill it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import IO, Any, Final, overload

from openpyxl.cell.text import Text
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

_STRING: Final = f"{{{SHEET_MAIN_NS}}}si"
_PLAIN: Final = f"{{{SHEET_MAIN_NS}}}t"
_TABLE: Final = f"{{{SHEET_MAIN_NS}}}sst"
_RECENT: Final = 4_096  # words like 业务知识库 come again and again


class SharedStrings(Sequence[str]):
    """Strings by number, written once and read back one by one."""

    def __init__(self, source: IO[bytes]) -> None:
        # without a name: gone even after a kill
        self._file: IO[bytes] = TemporaryFile(prefix="zhiku-strings-")  # noqa: SIM115
        self._starts = array("Q", [0])
        self._recent: dict[int, str] = {}
        table: Any = None
        for event, node in iterparse(source, ("start", "end")):
            if event == "start":
                table = node if node.tag == _TABLE else table
            elif node.tag == _STRING:
                text = _text(node).encode("utf-8", "surrogatepass")
                self._file.write(text)
                self._starts.append(self._starts[-1] + len(text))
                node.clear()
                if table is not None and len(table) > _RECENT:
                    table.clear()  # emptied nodes are still a list of millions
        self._file.flush()

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(len(self)))]
        if (known := self._recent.get(place)) is not None:
            return known
        if not 0 <= place < len(self):
            raise IndexError(place)
        start = self._starts[place]
        self._file.seek(start)
        text = self._file.read(self._starts[place + 1] - start).decode("utf-8", "surrogatepass")
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[place] = text
        return text

    def close(self) -> None:
        """Gives the disk space back."""
        self._file.close()


def _text(node: Any) -> str:
    if len(node) == 1 and node[0].tag == _PLAIN:  # nearly all are, and this is ten times faster
        return node[0].text or ""
    rich: Any = Text.from_tree(node)
    return str(rich.content or "")
