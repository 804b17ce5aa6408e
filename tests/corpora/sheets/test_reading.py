"""A table is read as people mean it, and whatever is wrong is said of its cell."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from corpora.knowledge import PriceRow
from corpora.regions import NamedRegion, Regions
from corpora.sheets.assembly import Registers
from corpora.sheets.reading import Proposed
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Code,
    Facet,
    FacetKind,
    KnowledgeItem,
    Region,
    Relation,
    RelationKind,
    SaleStatus,
    SubLibrary,
    Tariff,
)
from tests.corpora.sheets.books import HEADINGS, ONE, book, read, read_items


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def test_one_row_is_enough_for_a_small_item(path: Path) -> None:
    headings = [
        "标题", "子库", "相似问法", "BOSS编码", "生效日期", "权重", "简介(客户口径)", "简介(官方口径)",
        "资费", "如何办理(客户口径)", "如何办理(步骤)", "如何办理（问法）", "操作说明(官方口径)", "操作说明(问法)",
    ]  # fmt: skip
    row = [
        "流量月包", "业务", "怎么开\n 多少钱 \n", "0012、0013", dt.date(2026, 1, 1), 30.0, "每月10元。",
        "月费10元。", "每月10元", "发短信开。", "发短信\n等回复", "发啥短信\n\n 开了要等吗 ", "CPBG办理", "在哪个界面",
    ]  # fmt: skip
    item = read_items(path, row, headings=headings).only
    assert (item.title, item.sub_library, item.weight) == ("流量月包", SubLibrary.BUSINESS, 30)
    assert item.similar_questions == ("怎么开", "多少钱")
    assert item.codes == (Code("boss", "0012"), Code("boss", "0013"))
    assert item.effective_from == dt.date(2026, 1, 1)
    assert item.facets == (
        Facet(FacetKind.OVERVIEW, "月费10元。", "每月10元。"),
        Facet(FacetKind.PRICE, "每月10元", "每月10元"),
        Facet(
            FacetKind.OPEN,
            "发短信开。",
            "发短信开。",
            ("发短信", "等回复"),
            questions=("发啥短信", "开了要等吗"),
        ),
        Facet(FacetKind.OPERATION, "CPBG办理", audience=Audience.AGENT, questions=("在哪个界面",)),
    )


def test_ways_to_ask_belong_to_the_item_or_to_a_facet_by_their_sheet(path: Path) -> None:
    sheets = {
        "条目": [(*HEADINGS[:3], "问法"), (*ONE[:3], "月包是啥\n月包怎么样")],
        "口径": [
            ("条目编号", "口径类型", "受众", "官方口径", "客户口径", "问法"),
            ("biz-a", "如何办理", "客户", "发送KTLLB10。", "您发短信就能开。", "怎么开\r\n发啥短信"),
            ("biz-a", "话术", "内部人员", "先核对。", "", "先核对什么、后说什么"),
        ],
    }  # fmt: skip
    item = read(book(path, sheets)).only
    assert item.similar_questions == ("月包是啥", "月包怎么样")
    assert [facet.questions for facet in item.facets] == [
        ("怎么开", "发啥短信"),
        ("先核对什么、后说什么",),
    ]
    sheets["口径"][0] = ("条目编号", "口径类型", "受众", "官方口径", "客户口径", "相似问法")
    (error,) = read(book(path, sheets)).errors
    assert "[口径]:第1行 F列（相似问法）: 不认识这一列，是不是想写问法" in error


def test_ways_to_ask_alone_are_no_facet(path: Path) -> None:
    found = read_items(path, (*ONE, "怎么退"), headings=(*HEADINGS, "如何取消(问法)"))
    assert found.errors == [
        f"{path}[条目]:第2行 E列（如何取消(问法)）: 这一面还没有口径，请填它的客户口径或官方口径"
    ]


def test_an_item_without_an_id_gets_the_same_one_every_time(path: Path) -> None:
    row = ("流量月包", "业务知识库", "每月10元。")
    headings = ("标题", "子库", "简介")
    first = read_items(path, row, headings=headings).only
    again = read_items(path, ("流量 月包 ", *row[1:]), headings=headings).only
    other = read_items(path, ("语音月包", *row[1:]), headings=headings).only
    assert first.id == again.id != other.id


def test_rows_of_all_sheets_come_together(path: Path) -> None:
    read_ = read(
        book(
            path,
            {
                "条目": [HEADINGS[:3], ONE[:3], ("", "没有编号的条目", "提示信息库")],
                "口径": [
                    ("条目编号", "口径类型", "受众", "官方口径", "客户口径", "步骤"),
                    ("biz-a", "如何办理", "客户", "发送KTLLB10开通。", "您发短信就能开。", "写短信\n发出"),
                    ("没有编号的条目", "提醒", "", "", "月底前取消。", ""),
                    ("BIZ-A", "操作说明", "内部人员", "CPBG办理。", "", ""),
                ],
                "办理": [
                    ("条目编号", "动作", "渠道", "名称", "目标"),
                    ("biz-a", "开通", "短信", "短信开通", "KTLLB10@10086"),
                ],
                "关联": [("条目编号", "关联类型", "关联条目"), ("biz-a", "参见", "biz-b")],
                "资费": [("条目编号", "月费", "流量"), ("biz-a", 10.0, "通用1GB结转")],
                "终端参数": [("条目编号", "终端类型"), ],
            },
        )
    )  # fmt: skip
    assert read_.errors == []
    item, other = read_.items
    assert [facet.kind for facet in item.facets] == [FacetKind.OPEN, FacetKind.OPERATION]
    assert item.facets[1].audience is Audience.INTERNAL
    assert item.actions == (Action(ActionKind.OPEN, Channel.SMS, "短信开通", "KTLLB10@10086"),)
    assert item.relations == (Relation(RelationKind.SEE_ALSO, "biz-b"),)
    assert item.tariff is not None
    assert (item.tariff.monthly_fee, item.tariff.data[0].carry_over) == (Decimal(10), True)
    assert other.facets == (Facet(FacetKind.WARNING, "月底前取消。", "月底前取消。"),)


def test_a_workbook_with_ten_mistakes_names_all_ten_with_their_cells(path: Path) -> None:
    book(
        path,
        {
            "条目": [
                ("编号", "标题", "子库", "生效日期", "失效日期", "权重", "销售状态", "地区", "简介", "BOSS编码"),
                ("biz-a", "甲", "业务知识库", "2026/13/1", "", 1, "", "", "说明。", ""),
                ("biz-b", "乙", "商务库", "", "", 1, "", "", "说明。", ""),
                ("biz-b", "丙", "业务知识库", "", "", 1, "", "", "说明。", ""),
                ("Biz_C!", "丁", "业务知识库", "", "", 1, "", "", "说明。", ""),
                ("biz-d", "", "业务知识库", "", "", "很多", "", "", "说明。", ""),
                ("biz-e", "戊", "业务知识库", dt.date(2026, 2, 1), dt.date(2026, 1, 1), 1, "卖着", "", "说明。", ""),
                ("biz-f", "己", "业务知识库", dt.date(2026, 2, 1), dt.date(2026, 1, 1), 0, "", "火星", "说明。", "好"),
            ],
            "口径": [
                ("条目编号", "口径类型", "受众", "官方口径", "客户口径"),
                ("biz-a", "怎么办", "客户", "官方。", "客户。"),
                ("biz-x", "简介", "客户", "官方。", "客户。"),
                ("biz-a", "简介", "内部", "官方。", "客户。"),
            ],
        },
    )  # fmt: skip
    registers = Registers(Regions((NamedRegion("yj", "云江省"),)), {})
    found = read(path, registers=registers)
    assert found.items == []
    assert found.errors == [
        f"{path}[条目]:第{row}行 {column}: {said}" if sheet == "条目" else f"{path}[口径]:第{row}行 {column}: {said}"
        for sheet, row, column, said in [
            ("口径", 2, "B列（口径类型）", next(e for e in found.errors if "怎么办" in e).split(": ", 1)[1]),
            ("条目", 2, "D列（生效日期）", "“2026/13/1”不是日期，请写成2026-12-01"),
            ("口径", 4, "E列（客户口径）", "只给坐席或内部看的口径不能写客户话术，请清空客户口径，或把受众改为客户"),
            ("条目", 3, "C列（子库）", next(e for e in found.errors if "商务库" in e).split(": ", 1)[1]),
            ("条目", 4, "A列（编号）", "编号与第3行重复，请改名或合并"),
            ("条目", 5, "A列（编号）", "编号只能用1–80个小写字母、数字和 . _ -，且以字母或数字开头"),
            ("条目", 6, "F列（权重）", "“很多”不是数字，请只写数字，如59或0.15"),
            ("条目", 6, "B列（标题）", "没有填，请填写"),
            ("条目", 7, "G列（销售状态）", "没有“卖着”这个选项；可用：在售、停售存量、已下线"),
            ("条目", 7, "E列（失效日期）", "失效日期早于生效日期，请改正其一"),
            ("条目", 8, "H列（地区）", next(e for e in found.errors if "火星" in e).split(": ", 1)[1]),
            ("条目", 8, "J列（BOSS编码）", "编码只能是2–32个字母、数字、-或_，单元格设为文本"),
            ("口径", 3, "A列（条目编号）", next(e for e in found.errors if "biz-x" in e).split(": ", 1)[1]),
        ]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("名 称", True),
        ("标题（必填）", True),
        ("＊标题", True),
        ("条目名称：", True),
        ("题标", False),
    ],
)
def test_a_heading_is_known_by_its_names_whatever_the_spaces_and_width(
    path: Path, heading: str, known: bool
) -> None:
    found = read_items(path, ONE, headings=("编号", heading, "子库", "简介（客户口径）"))
    assert bool(found.items) is known
    assert known or "缺少这一列" in "".join(found.errors)


def test_a_misspelt_column_is_an_error_and_a_strange_one_a_warning(path: Path) -> None:
    found = read_items(path, (*ONE, "x", 7), headings=(*HEADINGS, "销售壮态", "序号"))
    assert found.errors == [
        f"{path}[条目]:第1行 E列（销售壮态）: 不认识这一列，是不是想写销售状态；请改正列名，或删去这一列"
    ]
    assert "F列（序号）: 没有这一列，没有读取" in found.warnings[0]


def test_a_column_that_stands_twice_or_without_a_name_is_an_error(path: Path) -> None:
    found = read_items(path, (*ONE, "流量包", "这是什么"), headings=(*HEADINGS, "名称"))
    assert "第1行 E列（名称）: 这一列出现了两次" in found.errors[0]
    assert "第2行 F列: 这一列没有列名" in found.errors[1]


def test_headings_may_stand_below_a_title_and_rows_may_be_empty(path: Path) -> None:
    rows = [("知识条目登记表",), (), HEADINGS, (), ONE, (None, "  ", "")]
    assert read(book(path, {"条目": rows})).only.id == "biz-a"


def test_a_sheet_without_headings_is_said(path: Path) -> None:
    assert "没有表头" in read(book(path, {"条目": [("随便", "写写")]})).errors[0]


def test_a_lone_sheet_holds_the_items_whatever_its_name(path: Path) -> None:
    assert read(book(path, {"Sheet1": [HEADINGS, ONE]})).only.id == "biz-a"


def test_other_and_hidden_sheets_are_left_out_with_a_word(path: Path) -> None:
    book(path, {"条目": [HEADINGS, ONE], "口经": [("a",)], "关联": [("b",)], "填写说明": [("c",)]})
    made = load_workbook(path)
    made["关联"].sheet_state = "hidden"
    made.save(path)
    found = read(path)
    assert found.only.id == "biz-a"
    assert [w.partition("]")[0] for w in found.warnings] == [f"{path}[口经", f"{path}[关联"]
    assert "可用：条目、口径" in found.warnings[0]


def test_merged_cells_count_for_every_row_and_across_columns_they_are_an_error(path: Path) -> None:
    book(
        path,
        {
            "条目": [
                HEADINGS,
                ONE,
                ("biz-b", "乙", None, "说明。"),
                ("biz-c", "丙", "提示", "说明。"),
            ]
        },
    )
    made = load_workbook(path)
    made["条目"].merge_cells("C2:C3")
    made.save(path)
    found = read(path)
    assert [item.sub_library for item in found.items] == [
        SubLibrary.BUSINESS, SubLibrary.BUSINESS, SubLibrary.TIPS,
    ]  # fmt: skip
    assert "第2行 C列（子库）: 合并到第3行" in found.warnings[0]
    made["条目"].merge_cells("C4:D4")
    made.save(path)
    assert "第4行 C列（子库）: 和右边到D列的单元格合并了" in read(path).errors[0]


def test_errors_formulas_and_truths_are_named(path: Path) -> None:
    found = read_items(
        path,
        ("biz-a", "=A1", "业务知识库", "说明。"),
        ("biz-b", "乙", "业务知识库", "#N/A"),
        ("biz-c", True, "业务知识库", "说明。"),
    )
    assert ["没有算好的结果" in e or "#N/A" in e or "TRUE" in e for e in found.errors] == [True] * 3
    assert [error.split(" ")[0].split(":")[-1] for error in found.errors] == [
        "第2行",
        "第3行",
        "第4行",
    ]


def test_numbers_in_a_column_of_codes_are_kept_whole_and_warned_of_once(path: Path) -> None:
    headings = (*HEADINGS, "BOSS编码")
    other = ("biz-b", "乙", "业务知识库", "说明。")
    found = read_items(path, (*ONE, 10010001.0), (*other, 10010002), headings=headings)
    assert [item.codes[0].value for item in found.items] == ["10010001", "10010002"]
    (warning,) = found.warnings
    assert "第2行 E列（BOSS编码）: “10010001”是数字格式，本列共2个" in warning


def test_a_number_format_with_zeros_gives_them_back(path: Path) -> None:
    book(path, {"条目": [(*HEADINGS, "BOSS编码"), (*ONE, 120)]})
    made = load_workbook(path)
    made["条目"]["E2"].number_format = "00000000"
    made.save(path)
    assert read(path).only.codes == (Code("boss", "00000120"),)


def test_hidden_rows_are_imported_and_said(path: Path) -> None:
    book(path, {"条目": [HEADINGS, ONE]})
    made = load_workbook(path)
    made["条目"].row_dimensions[2].hidden = True
    made.save(path)
    found = read(path)
    assert found.only.id == "biz-a"
    assert "有1行是隐藏的（从第2行起）" in found.warnings[0]


def test_example_rows_are_left_out_on_every_sheet(path: Path) -> None:
    found = read(
        book(
            path,
            {
                "条目": [HEADINGS, ("示例-1", *ONE[1:]), ONE],
                "关联": [("条目编号", "关联类型", "关联条目"), ("示例-1", "参见", "biz-b")],
            },
        )
    )
    assert found.only.id == "biz-a"
    assert found.table.examples == 1


def test_a_price_is_quoted_from_the_book_or_stands_in_its_own_row(path: Path) -> None:
    row = PriceRow("LLB10", "月包", Tariff(price_book="LLB10", monthly_fee=Decimal(10)))
    registers = Registers(Regions(), {"LLB10": row})
    headings = (*HEADINGS, "价目")
    quoted = read(book(path, {"条目": [headings, (*ONE, "LLB10")]}), registers=registers).only
    assert quoted.tariff == row.tariff
    unknown = read(book(path, {"条目": [headings, (*ONE, "LLB1O")]}), registers=registers)
    assert "第2行 E列（价目）: 价目表里没有LLB1O，是不是想写LLB10" in unknown.errors[0]
    own = {"条目": [headings, (*ONE, "X")], "资费": [("条目编号", "月费"), ("biz-a", 12)]}
    assert read(book(path, own)).only.tariff == Tariff(price_book="X", monthly_fee=Decimal(12))


def test_two_tariffs_of_one_item_and_an_ambiguous_title_are_errors(path: Path) -> None:
    sheets = {
        "条目": [HEADINGS, ONE, ("", "月包", *ONE[2:]), ("", "月包", *ONE[2:])],
        "资费": [("条目编号", "月费"), ("biz-a", 12), ("biz-a", 13), ("月包", 14)],
    }
    errors = read(book(path, sheets)).errors
    assert any("[资费]:第3行" in error and "请只留一行" in error for error in errors)
    assert any("[资费]:第4行" in error and "有2个条目叫" in error for error in errors)


def test_a_region_is_found_by_its_name(path: Path) -> None:
    registers = Registers(Regions((NamedRegion("yj/yundu", "云都"),)), {})
    rows = [(*HEADINGS, "地区", "所属条目"), (*ONE, "云都", "biz-base")]
    item = read(book(path, {"条目": rows}), registers=registers).only
    assert (item.region, item.variant_of) == (Region("yj/yundu"), "biz-base")


def test_a_row_without_a_library_takes_a_sure_proposal_and_asks_at_an_unsure_one(
    path: Path,
) -> None:
    def propose(item: KnowledgeItem) -> Proposed:
        sure = "月包" in item.title
        return Proposed(SubLibrary.MARKETING, 0.97 if sure else 0.41, SubLibrary.TIPS, sure)

    rows = [HEADINGS, ("biz-a", "月包", "", "说明。"), ("biz-b", "乙", None, "说明。")]
    found = read(book(path, {"条目": rows}), propose=propose)
    assert [item.sub_library for item in found.items] == [SubLibrary.MARKETING]
    assert found.errors == [
        f"{path}[条目]:第3行 C列（子库）: 没有填子库，像是营销信息库（把握41%），"
        "也可能是提示信息库，请填写子库"
    ]
    assert [p.place for p in found.table.proposals] == ["条目!C2", "条目!C3"]
    assert "没有填子库，请填写" in read(path).errors[0]


def test_defaults_are_those_of_an_item(path: Path) -> None:
    item = read_items(path, ONE).only
    assert item == KnowledgeItem(
        id="biz-a",
        title="流量月包",
        sub_library=SubLibrary.BUSINESS,
        facets=(Facet(FacetKind.OVERVIEW, "流量月包每月10元。", "流量月包每月10元。"),),
        sale_status=SaleStatus.ON_SALE,
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空文件"),
        (b"PK\x03\x04 and so on", "不完整"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", ".xls"),
        (b"<html>", "不是Excel工作簿"),
    ],
)
def test_what_is_no_workbook_is_one_line(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    (error,) = read(path).errors
    assert said in error


def test_a_workbook_with_damaged_rows_is_one_line(path: Path) -> None:
    import zipfile

    book(path, {"条目": [HEADINGS, ONE]})
    damaged = path.with_name("damaged.xlsx")
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(damaged, "w") as made:
        for name in whole.namelist():
            content = whole.read(name)
            made.writestr(name, content[:-300] if "sheet1" in name else content)
    (error,) = read(damaged).errors
    assert "工作簿损坏" in error


def test_a_table_without_rows_is_said(path: Path) -> None:
    assert "没有条目" in read(book(path, {"条目": [HEADINGS]})).errors[0]
