"""The journal of an unfinished run: whatever a kill leaves of it, what was whole is there again."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import orjson
import pytest

from eval.errors import RunError
from eval.journal import NAME, Journal

IDENTITY = {"faqset": "小题集", "system": {"kind": "index", "constants": {"threshold": 0.5}}}
ROWS: list[dict[str, Any]] = [{"id": f"第{n}问", "text": "多\n行"} for n in range(3)]


def opened(folder: Path, identity: Any = IDENTITY, *, restart: bool = False) -> Journal:
    return Journal.open(folder, identity, restart=restart)


def filled(folder: Path) -> Path:
    journal = opened(folder)
    for row in ROWS:
        journal.add(row)
    journal.close()
    return folder / NAME


def known(folder: Path) -> list[dict[str, Any]]:
    journal = opened(folder)
    journal.close()
    return list(journal.rows.values())


def test_rows_are_found_again(tmp_path: Path) -> None:
    filled(tmp_path / "new" / "folder")

    assert known(tmp_path / "new" / "folder") == ROWS


def test_a_row_is_in_the_file_when_it_was_added(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.add(ROWS[0])

    assert (tmp_path / NAME).read_bytes().endswith(orjson.dumps(ROWS[0]) + b"\n")
    journal.close()


def test_wherever_a_kill_tears_the_file_its_whole_lines_are_kept(tmp_path: Path) -> None:
    whole = filled(tmp_path).read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole) + 1):
        (tmp_path / NAME).write_bytes(whole[:length])
        kept = max(0, sum(end <= length for end in ends) - 1)  # the first line is the identity

        journal = opened(tmp_path)

        assert list(journal.rows.values()) == ROWS[:kept], length
        for row in ROWS[kept:]:
            journal.add(row)
        journal.close()
        assert known(tmp_path) == ROWS
        assert (tmp_path / NAME).read_bytes() == whole


def test_a_line_that_says_nothing_is_asked_again(tmp_path: Path) -> None:
    path = filled(tmp_path)
    head, first, second, third, _ = path.read_bytes().split(b"\n")
    for damaged in (b"\0" * 20, b"5", b"{}", b""):
        path.write_bytes(b"\n".join([head, first, damaged, third, b""]))
        assert known(tmp_path) == [ROWS[0], ROWS[2]]
    assert orjson.loads(second) == ROWS[1]


@pytest.mark.parametrize(
    ("identity", "differing"),
    [
        ({**IDENTITY, "faqset": "大题集"}, "faqset"),
        ({**IDENTITY, "system": {"kind": "bm25"}}, "system"),
        ({**IDENTITY, "depth": 10}, "depth"),
        ({"faqset": "大题集"}, "faqset、system"),
    ],
)
def test_a_run_of_something_else_is_refused_with_what_differs(
    tmp_path: Path, identity: dict[str, Any], differing: str
) -> None:
    whole = filled(tmp_path).read_bytes()

    with pytest.raises(RunError, match=f"不同之处：{differing}.*--restart"):
        opened(tmp_path, identity)
    assert (tmp_path / NAME).read_bytes() == whole


def test_a_restart_forgets_what_was_there_whatever_it_was(tmp_path: Path) -> None:
    filled(tmp_path)

    opened(tmp_path, {"faqset": "大题集"}, restart=True).close()
    again = opened(tmp_path, {"faqset": "大题集"})
    again.close()

    assert again.rows == {}


@pytest.mark.parametrize("head", [b"{}", b'{"identity": 5}'])
def test_a_file_of_no_known_run_is_not_written_over(tmp_path: Path, head: bytes) -> None:
    (tmp_path / NAME).write_bytes(head + b"\n")

    with pytest.raises(RunError, match="全部"):
        opened(tmp_path)


def test_a_restart_does_not_take_the_journal_from_whoever_is_at_it(tmp_path: Path) -> None:
    running = opened(tmp_path)
    running.add(ROWS[0])
    for restart in (False, True):
        with pytest.raises(RunError, match="另一个评测正在写"):
            opened(tmp_path, restart=restart)
    running.add(ROWS[1])
    running.close()

    assert known(tmp_path) == ROWS[:2]


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(tmp_path)
    journal.close()
    monkeypatch.setattr(journal, "_file", FullDisk())

    for act in (lambda: journal.add(ROWS[0]), journal.close):
        with pytest.raises(OSError, match="No space left") as caught:
            act()
        assert caught.value.filename == str(tmp_path / NAME)
    assert journal.rows == {}


class FullDisk:
    def write(self, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")
