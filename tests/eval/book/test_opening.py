"""What is no workbook is one clear line; what only looks large is not unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from eval.book.opening import MOST_ROWS, Holds, open_book
from eval.errors import BookError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504


def problem_of(path: Path) -> str:
    with pytest.raises(BookError) as caught:
        open_book(path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    return problem.problem


def zipped(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return path


def make_book(path: Path) -> Path:
    book = Workbook()
    book.worksheets[0]["A1"] = "题号"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "是空文件；请给一个 .xlsx 工作簿"),
        ("题号,问题\n".encode(), "不是 Excel 工作簿；请给 .xlsx，CSV"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "设了打开密码；"),
        (OLE + "Workbook".encode("utf-16-le"), "是旧的 .xls 工作簿；请另存为 .xlsx"),
        (b"PK\x03\x04 and then nothing", "文件不完整；请重新下载或另存"),
    ],
)
def test_a_file_that_is_no_workbook_says_what_it_is(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)

    assert problem_of(path).startswith(said)


def test_a_file_that_is_not_there_and_a_folder_say_so(tmp_path: Path) -> None:
    assert "没有这个文件或文件夹" in problem_of(tmp_path / "book.xlsx")
    assert "是文件夹，这里要文件" in problem_of(tmp_path)


def test_other_zipped_files_are_told_apart(tmp_path: Path) -> None:
    assert "不是 Excel 工作簿" in problem_of(zipped(tmp_path / "a.xlsx", readme=b"x"))
    assert ".ods" in problem_of(zipped(tmp_path / "b.xlsx", content_DOT_xml=b"<x/>"))
    assert ".xlsb" in problem_of(zipped(tmp_path / "c.xlsx", xl__workbook_DOT_bin=b"x"))


def test_a_damaged_workbook_is_one_line(tmp_path: Path) -> None:
    assert "工作簿损坏" in problem_of(zipped(tmp_path / "a.xlsx", xl__workbook_DOT_xml=b"<x"))


def test_half_a_workbook_is_one_line(tmp_path: Path) -> None:
    path = make_book(tmp_path / "book.xlsx")
    path.write_bytes(path.read_bytes()[:-200])

    assert problem_of(path) == "文件不完整；请重新下载或另存"


def test_a_small_file_that_unpacks_to_very_much_is_not_unpacked(tmp_path: Path) -> None:
    path = make_book(tmp_path / "book.xlsx")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/big.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(210):
            part.write(bytes(2**20))

    assert path.stat().st_size < 2**20
    assert "太大了" in problem_of(path)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with path.open("wb") as file:
        file.truncate(51 * 2**20)

    assert "大于 50MB" in problem_of(path)


def test_a_row_beyond_what_anybody_fills_in_is_refused(tmp_path: Path) -> None:
    path = make_book(tmp_path / "book.xlsx")
    book = load_workbook(path)
    book.worksheets[0].cell(MOST_ROWS + 1, 1).value = "x"
    book.save(path)

    assert f"超过 {MOST_ROWS} 行" in problem_of(path)


def test_rows_that_only_have_a_look_hold_nothing(tmp_path: Path) -> None:
    path = make_book(tmp_path / "book.xlsx")
    book = load_workbook(path)
    book.worksheets[0].cell(1_048_576, 1).number_format = "@"
    book.worksheets[0].cell(3, 3).value = "  \n"
    book.save(path)

    assert open_book(path)["Sheet"].rows == 1


def test_a_broken_row_number_does_not_go_on_for_ever(tmp_path: Path) -> None:
    path = make_book(tmp_path / "book.xlsx")
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[sheet] = parts[sheet].replace(
        b"</sheetData>", b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

    assert open_book(path)["Sheet"].rows == 1


def test_a_line_break_from_windows_is_one_line_break(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = Workbook()
    book.worksheets[0]["A1"] = "甲_x000D_\n乙"
    book.save(path)

    cell = open_book(path)["Sheet"].cells[1, 1]
    assert (cell.value, cell.holds) == ("甲\n乙", Holds.TEXT)
