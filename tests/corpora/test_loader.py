"""A folder becomes knowledge; all that does not fit is named at its line, and nothing stops it."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from decimal import Decimal
from pathlib import Path

import pytest

from corpora import lexicon, messages, push_template, touchpoints, triggers, types
from corpora.loader import Loaded, LoadError, load, load_strict
from corpora.source import Severity
from corpora.types import CorporaError, FieldError, Region, SubLibrary
from tests.corpora.builders import ITEM_YAML, write

PRICES = "LLB_M10: {name: 月包, monthly_fee: 10, data: [{kind: general, gb: 1}]}\n"
PLACES = "- {path: yj, name: 云江省}\n- {path: yj/wanghai, name: 望海市}\n"


def loaded(folder: Path, extra: str = "", name: str = "business/packs.yaml") -> Loaded:
    """The one good item with ``extra`` lines behind it."""
    write(folder, "price_book.yaml", PRICES)
    write(folder, "regions.yaml", PLACES)
    write(folder, name, ITEM_YAML + extra)
    return load(folder)


def said(result: Loaded) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.field, problem.problem) for problem in result.problems]


def only(result: Loaded) -> tuple[int, str, str]:
    assert len(result.problems) == 1, [str(problem) for problem in result.problems]
    return said(result)[0]


def test_a_good_folder_has_no_problems(tmp_path: Path) -> None:
    result = loaded(tmp_path)
    assert not result.problems
    item = result.knowledge.items[0]
    assert item.sub_library is SubLibrary.BUSINESS
    assert item.effective_from == dt.date(2025, 1, 1)
    assert item.codes[0].value == "30010001"


def test_a_region_may_be_named_by_path_or_by_name(tmp_path: Path) -> None:
    item = loaded(tmp_path, "  region: 望海市\n").knowledge.items[0]
    assert item.region == Region("yj/wanghai")


def test_an_unknown_region_names_the_known_ones(tmp_path: Path) -> None:
    line, field, problem = only(loaded(tmp_path, "  region: 忘海市\n"))
    assert (line, field) == (11, "region")
    assert "yj/wanghai" in problem
    assert "是不是想写望海市" in problem


def test_a_quoted_row_of_the_price_book_is_the_tariff(tmp_path: Path) -> None:
    result = loaded(tmp_path, "  tariff: {price_book: LLB_M10, validity_days: 30}\n")
    tariff = result.knowledge.items[0].tariff
    assert tariff is not None
    assert (tariff.price_book, tariff.monthly_fee) == ("LLB_M10", Decimal(10))
    assert (tariff.validity_days, tariff.data[0].gb) == (30, Decimal(1))
    assert result.knowledge.price_book["LLB_M10"].name == "月包"


def test_a_price_book_row_that_does_not_exist_names_the_nearest(tmp_path: Path) -> None:
    line, field, problem = only(loaded(tmp_path, "  tariff: {price_book: LLB_M1}\n"))
    assert (line, field) == (11, "tariff.price_book")
    assert "是不是想写LLB_M10" in problem


def test_a_broken_row_is_reported_once_and_not_again_by_its_items(tmp_path: Path) -> None:
    write(tmp_path, "price_book.yaml", "LLB_M10: {name: 月包, monthly_fee: 十元}\n")
    write(tmp_path, "business/a.yaml", ITEM_YAML + "  tariff: {price_book: LLB_M10}\n")
    result = load(tmp_path)
    assert only(result)[1] == "LLB_M10.monthly_fee"
    assert not result.knowledge.items
    assert "biz-pack" in result.places


@pytest.mark.parametrize(
    ("extra", "field", "says"),
    [
        ("  titel: 月包\n", "titel", "是不是想写title"),
        ("  sale_status: onsale\n", "sale_status", "是不是想写on_sale"),
        ("  sale_status: 在售\n", "sale_status", "可用：on_sale、grandfathered、withdrawn"),
        ("  weight: 常用\n", "weight", "整数"),
        ("  weight: true\n", "weight", "数字"),
        ("  weight: 0\n", "weight", "不小于1"),
        ("  aliases: 月包\n", "aliases", "列表"),
        ("  aliases: [10086]\n", "aliases[0]", "加引号"),
        ("  at_end:\n", "at_end", "是空的"),
        ("  effective_to: 20261201\n", "effective_to", "2026-12-01"),
        ("  effective_to: 2024-12-01\n", "effective_to", "早于"),
        ("  variant_of: biz-other\n", "variant_of", "适用地区"),
        ("  tariff: {monthly_fee: 10元}\n", "tariff.monthly_fee", "数字"),
        ("  tariff: {monthly_fee: .nan}\n", "tariff.monthly_fee", "数字"),
        ("  tariff: {monthy_fee: 10}\n", "tariff.monthy_fee", "monthly_fee"),
        ("  tariff: {data: [{kind: all, gb: 1}]}\n", "tariff.data[0].kind", "general"),
        (
            "  actions: [{kind: open, channel: sms, label: 短信, target: 发短信}]\n",
            "actions[0].target",
            "指令@端口",
        ),
        ("    - {kind: price, official: 10元。}\n", "facets[1].customer", "缺少客户话术"),
        ("    - {kind: prices, official: 1, audience: agent}\n", "facets[1].kind", "price"),
        ("    - 3\n", "facets[1]", "字段: 值"),
    ],
)
def test_a_wrong_field_is_named_at_its_line_with_the_way_to_mend_it(
    tmp_path: Path, extra: str, field: str, says: str
) -> None:
    result = loaded(tmp_path, extra)
    found = [entry for entry in said(result) if entry[1] == field]
    assert len(found) == 1, said(result)
    assert found[0][0] == 11
    assert says in found[0][2]
    assert not result.knowledge.items


def test_every_problem_of_every_file_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "business/a.yaml", "- id: A\n  titel: x\n- id: [\n")
    write(tmp_path, "business/b.jsonl", '{"id": "a", "weight": "x"}\n{\n')
    write(tmp_path, "tips/c.yaml", b"\xff\xfe")
    write(tmp_path, "templates/d.yaml", "- {id: t, channel: email}\n")
    write(tmp_path, "lexicon/synonyms.yaml", "- {canonical: 取消, variants: []}\n")
    write(tmp_path, "lexicon/routes.yaml", "- {id: r, patterns: ['(']}\n")
    files = {Path(problem.file).name for problem in load(tmp_path).problems}
    assert files == {"a.yaml", "b.jsonl", "c.yaml", "d.yaml", "synonyms.yaml", "routes.yaml"}


def test_all_flaws_of_one_item_are_reported_together(tmp_path: Path) -> None:
    extra = "  weight: x\n  region: 忘海\n  colour: red\n  tariff: {price_book: NONE}\n"
    fields = {field for _, field, _ in said(loaded(tmp_path, extra))}
    assert fields == {"weight", "region", "colour", "tariff.price_book"}


@pytest.mark.parametrize("written", ["library: tips", "library: 提示信息库"])
def test_a_file_outside_the_folders_says_its_library(tmp_path: Path, written: str) -> None:
    item = loaded(tmp_path, f"  {written}\n", "extra.yaml").knowledge.items[0]
    assert item.sub_library is SubLibrary.TIPS


def test_a_file_outside_the_folders_without_a_library_is_refused(tmp_path: Path) -> None:
    assert only(loaded(tmp_path, name="extra.yaml"))[1] == "library"


def test_a_library_that_contradicts_its_folder_is_refused(tmp_path: Path) -> None:
    _, field, problem = only(loaded(tmp_path, "  library: tips\n"))
    assert field == "library"
    assert "business" in problem


def test_one_file_is_loaded_with_the_registers_beside_its_folder(tmp_path: Path) -> None:
    loaded(tmp_path, "  region: yj/wanghai\n  tariff: {price_book: LLB_M10}\n")
    for part in ("business", "business/packs.yaml"):
        result = load(tmp_path / part)
        assert not result.problems
        assert [item.id for item in result.knowledge.items] == ["biz-pack"]


def test_the_lexicon_is_read_from_its_four_files(tmp_path: Path) -> None:
    write(tmp_path, "lexicon/words.txt", "# 品牌\n全球通\n畅享  # 套餐\n\n全球通\n")
    write(tmp_path, "lexicon/synonyms.yaml", "- {canonical: 取消, variants: [退订]}\n")
    write(tmp_path, "lexicon/glossary.yaml", "- {term: 结转, plain: 留到下月}\n")
    write(
        tmp_path,
        "lexicon/routes.yaml",
        "- {id: r, label: 余额, route: 10086, say: 好, check: [], record: [], patterns: [余额]}\n",
    )
    result = load(tmp_path)
    assert result.knowledge.lexicon.words == ("全球通", "畅享")
    assert result.knowledge.lexicon.synonyms[0].variants == ("退订",)
    assert result.knowledge.lexicon.glossary[0].plain == "留到下月"
    by_severity = {problem.severity: problem for problem in result.problems}
    assert by_severity[Severity.WARNING].line == 5
    assert by_severity[Severity.ERROR].field == "route"  # 10086 without quotes is a number


def test_places_know_items_fields_templates_and_second_ones(tmp_path: Path) -> None:
    file = str(tmp_path / "business" / "packs.yaml")
    places = loaded(tmp_path, ITEM_YAML).places
    assert places["biz-pack"] == (file, 1)
    assert places["biz-pack@2"] == (file, 11)
    assert places["biz-pack#facets[0].customer"] == (file, 10)
    assert places["price_book/LLB_M10"] == (str(tmp_path / "price_book.yaml"), 1)
    assert "biz-pack#facets[7]" not in places


def test_question_sets_and_pictures_are_no_knowledge(tmp_path: Path) -> None:
    write(tmp_path, "faq/dev.jsonl", '{"faqset": "dev"}\n')
    write(tmp_path, "templates/images/pack.yaml", "x")
    assert not loaded(tmp_path).problems


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    write(tmp_path, "buisness/a.yaml", ITEM_YAML)
    write(tmp_path, "business/b.csv", "id,title\n")
    result = loaded(tmp_path)
    assert all(problem.severity is Severity.WARNING for problem in result.problems)
    assert "是不是想写business" in result.problems[0].problem + result.problems[1].problem
    assert "csv" in result.problems[0].file + result.problems[1].file


@pytest.mark.parametrize("name", ["none", "."])
def test_an_absent_or_empty_folder_cannot_be_loaded(tmp_path: Path, name: str) -> None:
    with pytest.raises(LoadError, match=r"不存在|没有知识文件") as refused:
        load(tmp_path / name)
    assert isinstance(refused.value, CorporaError)


def test_strict_loading_raises_all_errors_at_once(tmp_path: Path) -> None:
    loaded(tmp_path, "  weight: x\n  colour: red\n")
    with pytest.raises(LoadError) as refused:
        load_strict(tmp_path)
    assert len(refused.value.problems) == 2


def test_strict_loading_lets_warnings_pass(tmp_path: Path) -> None:
    loaded(tmp_path)
    write(tmp_path, "lexicon/words.txt", "全球通\n全球通\n")
    assert load_strict(tmp_path).items


def test_every_rule_of_the_types_is_told_in_chinese() -> None:
    modules = (types, push_template, triggers, lexicon, touchpoints)
    rules = re.compile(r"FieldError\(\s*\"(?P<field>[a-z._]+)\",\s*f?\"(?P<said>[^\"]*)\"", re.S)
    sources = (inspect.getsource(module) for module in modules)
    found = [match for source in sources for match in rules.finditer(source)]
    assert len(found) > 20
    for match in found:
        if match["field"] != "placeholders.source":  # a caller's mistake, never a file's
            told = messages.field_error(FieldError(match["field"], match["said"]))
            assert re.search("[一-鿿]", told), match[0]


def test_a_template_has_its_region_trigger_and_approval(tmp_path: Path) -> None:
    loaded(tmp_path)
    text = (
        "- id: tpl-a\n  title: 提醒\n  channel: sms\n  purpose: notice\n  situation: reminder\n"
        "  body: 您好。\n  trigger: {event: trial_ends, days_before: 3}\n"
        "  variant_of: tpl-base\n  region: 望海市\n"
        '  approved_by: 合规部\n  approved_on: 2026-01-05\n  approved_content: "00c0ffee"\n'
    )
    write(tmp_path, "templates/a.yaml", text)
    result = load(tmp_path)
    assert not result.problems
    (template,) = result.knowledge.templates
    assert template.region == Region("yj/wanghai")
    assert template.trigger == triggers.Trigger(triggers.TriggerEvent.TRIAL_ENDS, days_before=3)
    assert template.approved_on == dt.date(2026, 1, 5)
    for wrong, field in (
        (text.replace("望海市", "忘海市"), "region"),
        (text.replace("trial_ends", "trial_end"), "trigger.event"),
        (text.replace("3}", "400}"), "trigger"),
        (text.replace("  region: 望海市\n", ""), "variant_of"),
        (text.replace("  approved_by: 合规部\n", ""), "approved_by"),
        (text.replace("2026-01-05", "昨天"), "approved_on"),
    ):
        write(tmp_path, "templates/a.yaml", wrong)
        assert only(load(tmp_path))[1] == field, wrong
