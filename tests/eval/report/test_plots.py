from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import pytest

from eval.report import plots
from eval.report.svg import Svg
from tests.eval.report.runs import HOSTILE, mixed

FIGURE = {"value": 0.5, "low": 0.25, "high": 0.75}
ROWS: list[dict[str, Any]] = [
    {"started_at": "2026-11-01 08:00", "digest": "a", "right": FIGURE},
    {"started_at": "2026-11-02 08:00", "digest": "b", "right": {**FIGURE, "value": 0.6}},
]
DRAWN: dict[str, Callable[[], Svg]] = {
    "intervals": lambda: plots.intervals({"业务知识库": FIGURE, "未标": FIGURE}, overall=0.4),
    "risk_coverage": lambda: plots.risk_coverage(
        mixed().metrics["abstention"]["curve"], threshold=0.5
    ),
    "reliability": lambda: plots.reliability(mixed().metrics["abstention"]["reliability"]),
    "latency": lambda: plots.latency({"检索": [5.0, 12.0, 31.0], "回答": [8.0, 20.0]}),
    "stages": lambda: plots.stages({"方面选错": {"检索": 3, "知识": 1}, "误弃答": {"检索": 2}}),
    "trend": lambda: plots.trend(ROWS),
}
EMPTY: dict[str, Callable[[], Svg]] = {
    "intervals": lambda: plots.intervals({}),
    "risk_coverage": lambda: plots.risk_coverage([]),
    "reliability": lambda: plots.reliability([]),
    "latency": lambda: plots.latency({"检索": []}),
    "stages": lambda: plots.stages({}),
    "trend": lambda: plots.trend([]),
}


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter() if node.tag.endswith("}text")]


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_is_whole_named_and_the_same_every_time(name: str) -> None:
    svg = DRAWN[name]()
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert root[0].tag.endswith("title")
    assert svg == DRAWN[name]()
    assert "2026-11-25T" not in svg
    assert "matplotlib" not in svg


@pytest.mark.parametrize("name", DRAWN)
def test_every_colour_follows_the_scheme_of_the_page(name: str) -> None:
    drawn = re.sub(r"var\([^)]*\)", "", DRAWN[name]())
    assert not re.search(r"#[0-9a-f]{6}", drawn)


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_show_is_an_empty_plot_and_no_error(name: str) -> None:
    assert ET.fromstring(EMPTY[name]()).get("role") == "img"


def test_text_stays_text_in_the_fonts_of_the_page() -> None:
    svg = plots.intervals({"业务知识库": FIGURE})
    assert "业务知识库" in texts(svg)
    assert "font-family: inherit" in svg
    assert "DejaVu" not in svg


def test_names_of_data_cannot_become_markup_formulas_or_turned_text() -> None:
    svg = plots.intervals({HOSTILE[:12]: FIGURE, "$\\frac{x}$": FIGURE, "a\u202e\x00b": FIGURE})
    shown = texts(svg)
    assert "<script>aler" in shown
    assert "$\\frac{x}$" in shown
    assert "ab" in shown


def test_a_long_name_is_cut_and_does_not_push_the_plot_aside() -> None:
    shown = texts(plots.intervals({"很长的名字" * 20: FIGURE}))
    assert shown[-1].endswith("…") or any(text.endswith("…") for text in shown)


def test_ids_of_two_plots_of_one_page_differ() -> None:
    ids = [
        set(re.findall(r' id="([^"]+)"', plots.risk_coverage([], title=title)))
        for title in ("甲", "乙")
    ]
    assert ids[0].isdisjoint(ids[1])


def test_the_counts_stand_on_the_bars() -> None:
    shown = texts(plots.stages({"方面选错": {"检索": 3, "知识": 1}}))
    assert "4" in shown
    assert {"检索", "知识", "方面选错"} <= set(shown)
    bins = [{"low": 0.0, "high": 0.1, "count": 17.0, "confidence": 0.05, "accuracy": 0.1}]
    assert "17" in texts(plots.reliability(bins))


def test_the_threshold_is_marked_with_what_it_answers() -> None:
    curve = [
        {"threshold": 0.9, "coverage": 0.2, "risk": 0.0},
        {"threshold": 0.5, "coverage": 0.6, "risk": 0.1},
        {"threshold": 0.1, "coverage": 1.0, "risk": 0.4},
    ]
    assert "现在的阈值：作答 60%，其中错 10%" in texts(plots.risk_coverage(curve, threshold=0.4))


def test_many_points_stay_small() -> None:
    curve = [{"threshold": 1 - n / 5e3, "coverage": n / 5e3, "risk": 0.1} for n in range(5000)]
    assert len(plots.risk_coverage(curve)) < 20_000
    assert len(plots.latency({"检索": [float(n + 1) for n in range(5000)]})) < 30_000


def test_drawing_leaves_the_settings_of_a_notebook_alone_and_ignores_them() -> None:
    before = plots.intervals({"甲": FIGURE})
    with mpl.rc_context({"lines.linewidth": 9.0, "axes.facecolor": "black"}):
        assert plots.intervals({"甲": FIGURE}) == before
        assert mpl.rcParams["lines.linewidth"] == 9.0


def test_notebooks_and_pages_take_a_plot_as_it_is() -> None:
    svg = plots.intervals({"甲": FIGURE})
    assert svg._repr_html_() == svg._repr_svg_() == svg.__html__() == str(svg)
