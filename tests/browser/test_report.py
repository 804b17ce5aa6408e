"""The report of a run as a browser opens it: from a file, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from eval.report.page import report_html
from eval.stored import FaqRun
from tests.eval.builders import make_question
from tests.eval.report.runs import HOSTILE, fatal, mixed, right, run_of, unanswerable, wrong

pytestmark = pytest.mark.real

A4_PIXELS = (210 - 24) * 96 / 25.4  # the width between the margins


def lost_in_many_ways() -> FaqRun:
    return run_of(
        [
            right("q1"),
            wrong("q2"),
            fatal("q3"),
            unanswerable("q4"),
            wrong("q5", stage="fact_missing", cause="话术", owner="客服部", text=HOSTILE),
        ]
    )


def unbroken() -> FaqRun:
    """Names without a place to break them, wherever a name can stand."""
    word = "x" * 150
    names = ("id", "question", "library", "style", "department", "business_line", "channel")
    question = make_question(None, tags=(word,), **dict.fromkeys(names, word))
    lost = replace(fatal(), question=question, item_id=word, owner=word, text=word, why=(word,))
    return run_of([replace(lost, ranked=(word,)), right()], faqset=word, file=word)


@pytest.fixture
def opened(
    chromium: Browser, complaints: list[str], tmp_path: Path
) -> Iterator[Callable[..., Page]]:
    """Opens the report of a run; no complaint and no request may be left at the end."""
    requests: list[str] = []
    contexts = []

    def note(sent: Request) -> None:
        if not sent.url.startswith(("file:", "data:")):
            requests.append(sent.url)

    def open_report(run: FaqRun, **options: object) -> Page:
        path = tmp_path / "report.html"
        path.write_text(report_html(run), encoding="utf-8")
        known = {"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN", **options}
        context = chromium.new_context(**known)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("request", note)
        page.on(
            "console",
            lambda told: (
                complaints.append(told.text) if told.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(path.as_uri())
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert complaints == []
    assert requests == []


def shown(page: Page) -> list[str]:
    """The ids of the questions in the rows that can be seen."""
    rows = page.locator("#failure-table tbody tr:visible .tags > .code")
    return rows.all_text_contents()  # rows out of sight have no inner text yet


def test_all_failures_are_there_at_first_and_counted(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways())
    assert sorted(shown(page)) == ["q2", "q3", "q4", "q5"]
    expect(page.locator("#count")).to_have_text("全部 4 题")


def test_filters_narrow_together_and_are_cleared_at_once(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways())
    page.select_option("select[name=cause]", "检索")
    assert sorted(shown(page)) == ["q2", "q4"]
    expect(page.locator("#count")).to_have_text("筛出 2 题，共 4 题")
    page.select_option("select[name=library]", "technical")
    assert shown(page) == ["q4"]
    page.get_by_role("button", name="清除筛选").click()
    expect(page.locator("#count")).to_have_text("全部 4 题")
    assert page.locator("select[name=cause]").input_value() == ""


@pytest.mark.parametrize(
    ("chooser", "value", "kept"),
    [
        ("style", "formal", ["q4"]),
        ("stage", "fact_missing", ["q5"]),
        ("owner", "客服部", ["q5", "q4"]),
        ("cause", "知识", ["q3"]),
    ],
)
def test_each_chooser_keeps_its_own(
    opened: Callable[..., Page], chooser: str, value: str, kept: list[str]
) -> None:
    page = opened(lost_in_many_ways())
    page.select_option(f"select[name={chooser}]", value)
    assert shown(page) == kept


def test_search_finds_words_anywhere_in_a_row_and_says_when_nothing_fits(
    opened: Callable[..., Page],
) -> None:
    page = opened(lost_in_many_ways())
    page.fill("#filters input[type=search]", "股票 营业厅")
    assert shown(page) == ["q4"]
    page.fill("#filters input[type=search]", "没有这样的题")
    assert shown(page) == []
    expect(page.locator("#nothing")).to_be_visible()


def test_only_what_is_fatal_can_be_kept(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways())
    page.get_by_label("只看致命").check()
    assert shown(page) == ["q3"]


def test_filters_work_from_the_keyboard(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways())
    page.locator("#filters input[type=search]").focus()
    page.keyboard.type("股票")
    assert shown(page) == ["q4"]
    page.keyboard.press("Escape")
    assert len(shown(page)) == 4
    for _ in range(6):  # five choosers, then the box
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert shown(page) == ["q3"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert len(shown(page)) == 4


def test_a_stage_leads_to_its_failures(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways())
    page.locator("#losses").get_by_role("link", name="缺关键事实").click()
    assert shown(page) == ["q5"]
    expect(page.locator("#failures h2")).to_be_in_viewport()


def test_a_link_leads_to_a_row_although_it_was_filtered_away(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways())
    page.select_option("select[name=stage]", "fact_missing")
    page.locator("#fatal").get_by_role("link", name="明细").click()
    assert "q3" in shown(page)
    expect(page.locator("#failure-table tr:target")).to_be_in_viewport()


def test_without_scripts_every_row_is_there_and_no_dead_filter(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways(), java_script_enabled=False)
    expect(page.locator("#failure-table tbody tr")).to_have_count(4)
    expect(page.locator("#filters")).to_be_hidden()


def test_hostile_texts_are_shown_and_do_nothing(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways())
    expect(page.locator("#failure-table .said").filter(has_text="<script>")).to_have_count(1)
    assert page.locator("script").count() == 1


def test_the_table_of_contents_says_where_the_reader_is(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways())
    expect(page.locator("#toc a[aria-current]")).to_have_text("结论")
    page.locator("#toc").get_by_role("link", name="时延").click()
    expect(page.locator("#latency h2")).to_be_in_viewport()
    expect(page.locator("#toc a[aria-current]")).to_have_text("时延")


@pytest.mark.parametrize("run", [lost_in_many_ways(), unbroken()], ids=["usual", "unbroken"])
@pytest.mark.parametrize("width", [1366, 1024, 600])
def test_the_page_never_scrolls_sideways(
    opened: Callable[..., Page], width: int, run: FaqRun
) -> None:
    page = opened(run, viewport={"width": width, "height": 768})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_is_dark_and_plots_follow(opened: Callable[..., Page]) -> None:
    page = opened(lost_in_many_ways(), color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 22, 27)"
    label = page.locator("svg.plot text").filter(has_text="方面选错")
    assert label.evaluate("node => getComputedStyle(node).fill") == "rgb(230, 233, 238)"


@pytest.mark.parametrize("run", [lost_in_many_ways(), unbroken()], ids=["usual", "unbroken"])
def test_on_paper_nothing_is_wider_than_a4_and_colours_are_light(
    opened: Callable[..., Page], run: FaqRun
) -> None:
    page = opened(run, color_scheme="dark")
    page.set_viewport_size({"width": int(A4_PIXELS), "height": 1000})
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") <= int(A4_PIXELS)
    wider = page.evaluate(
        """width => [...document.querySelectorAll("main *")]
            .filter((node) => node.getBoundingClientRect().right > width + 1)
            .map((node) => node.outerHTML.slice(0, 80))""",
        int(A4_PIXELS),
    )
    assert wider == []
    for gone in ("#toc", "#filters select", "#filters button"):
        expect(page.locator(gone).first).to_be_hidden()


def test_it_prints_as_pages_of_a4(opened: Callable[..., Page]) -> None:
    run = run_of([wrong(f"q{n}") for n in range(60)])
    document = opened(run).pdf(prefer_css_page_size=True)
    assert document.startswith(b"%PDF")
    # a page box of A4 in points, on every page
    assert b"595" in document
    assert document.count(b"/Type /Page\n") >= 5


def test_a_thousand_failures_can_be_filtered(opened: Callable[..., Page]) -> None:
    verdicts = [wrong(f"q{n}") for n in range(1000)] + [mixed().verdicts[3]]
    page = opened(run_of(verdicts))
    page.fill("#filters input[type=search]", "股票")
    assert shown(page) == ["q4"]
