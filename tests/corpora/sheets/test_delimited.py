"""CSV files are read in the encodings and with the separators that spreadsheets write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpora.sheets.books import read

TEXT = '编号,标题,子库,简介\nbiz-a,"流量,月包",业务知识库,"每月10元。\n当月有效。"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_usual_encoding_is_recognised(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(TEXT.replace("\n", end).encode(encoding))
    item = read(path).only
    assert item.title == "流量,月包"
    assert item.facets[0].official == "每月10元。\n当月有效。"


def test_a_facet_may_bring_its_steps_and_its_ways_to_ask(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "编号,标题,子库,如何办理,如何办理(步骤),如何办理(问法),问法\n"
        'biz-a,流量月包,业务,发短信开。,"写短信\n发出","发啥短信\n怎么开",月包是啥\n',
        "utf-8",
    )
    item = read(path).only
    (facet,) = item.facets
    assert (facet.steps, facet.questions) == (("写短信", "发出"), ("发啥短信", "怎么开"))
    assert item.similar_questions == ("月包是啥",)


@pytest.mark.parametrize("separator", ["\t", ";"])
def test_other_separators_are_recognised(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "编号,标题,子库,简介\nbiz-a,流量月包,业务,说明。\n".replace(",", separator), "utf-8"
    )
    assert read(path).only.title == "流量月包"


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(TEXT + "biz-b,乙,业务知识库,说明。\nbiz-c,丙,没有的库,说明。\n", "utf-8")
    (error,) = read(path).errors
    assert error.startswith(f"{path}:第4行 C列（子库）: 没有“没有的库”这个选项")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空文件"),
        (b"\xff\x80\x80\xff\xff", "GB18030"),
        ('编号,标题\nbiz-a,"没有收尾'.encode(), "引号没有成对"),
        ("题目,内容\n甲,乙".encode(), "没有表头"),
    ],
)
def test_what_is_no_table_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    (error,) = read(path).errors
    assert said in error
