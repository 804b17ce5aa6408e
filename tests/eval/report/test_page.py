from __future__ import annotations

import re
from dataclasses import replace

from eval.book.figures import Remark, Review, reviewed
from eval.compare import compare
from eval.faqset import Expectation
from eval.gate import gate
from eval.report.page import report_html
from eval.verdict import ERROR
from retriever.answer import Outcome
from tests.eval.builders import make_question
from tests.eval.report.runs import (
    HOSTILE,
    Page,
    fatal,
    mixed,
    ranked_only,
    right,
    run_of,
    unanswerable,
    wrong,
)


def test_without_a_baseline_it_says_what_is_known_and_draws_no_conclusion() -> None:
    head = Page(report_html(mixed())).section("ruling")
    assert "没有基线，不作升降结论" in head
    assert "全部要求达到 40.0%，95% 区间 11.8% – 76.9%" in head
    assert "半宽 ±32.6 个百分点" in head
    assert "致命错误 1 题" in head


def test_the_word_of_the_gate_comes_first_with_its_reasons() -> None:
    before, after = run_of([right("q1"), right("q2")]), run_of([right("q1"), fatal("q3")])
    after = replace(after, verdicts=(*after.verdicts, right("q2")))
    found = gate(after, before).to_json()
    page = Page(report_html(after, gate=found))
    assert page.section("ruling").startswith("✕ 不通过")
    assert "出现新的致命错误" in page.section("ruling")
    assert "逐题比" in page.section("ruling")
    assert "新出现" in page.section("fatal")


def test_the_verdict_and_what_is_fatal_come_before_everything_else() -> None:
    assert Page(report_html(mixed())).sections[:3] == ["ruling", "fatal", "measures"]


def test_a_fatal_error_shows_question_words_reason_and_owner() -> None:
    shown = Page(report_html(mixed())).section("fatal")
    for told in (
        "亲情网一个月多少钱",
        "资费或数量说错",
        "每月3元",
        "不该说 3元",
        "市场经营部",
        "50",
    ):
        assert told in shown


def test_no_fatal_error_is_said_with_how_many_there_may_be_all_the_same() -> None:
    shown = Page(report_html(run_of([right()]))).section("fatal")
    assert "没有发现致命错误" in shown
    assert "真实比例仍可能到 79.3%（95% 上限）" in shown


def test_figures_come_plain_and_weighted_with_their_intervals() -> None:
    shown = Page(report_html(mixed())).section("measures")
    row = shown[shown.index("全部要求达到") :]
    # 15 of a volume of 370 was right
    assert row.startswith("全部要求达到 5 5 40.0% 11.8% – 76.9% ±32.6 4.0%")
    assert "Hit@1（首条命中） 3 3 100.0%" in shown


def test_indicators_stand_beside_figures_that_were_not_measured_here() -> None:
    shown = Page(report_html(mixed())).section("indicators")
    assert "办理准确 2 2 0.0%" in shown
    assert "解答清楚全面 1 1 100.0%" in shown
    assert "行业材料中的参考值，不是本次测得" in shown
    for told in ("81 秒", "5 秒", "57%", "24 倍"):
        assert told in shown


def test_answering_and_abstaining_are_shown_from_both_sides() -> None:
    shown = Page(report_html(mixed())).section("abstention")
    assert "误答率（不该答的答了） 2 2 50.0%" in shown
    assert "误弃率（该答的没答） 3 3 0.0%" in shown
    assert "AUROC" in shown
    assert "现在的阈值" in shown


def test_slices_have_chinese_names_and_thin_ones_are_marked() -> None:
    html = report_html(mixed())
    shown = Page(html).section("parts")
    assert "按子库" in shown
    assert "业务知识库 3 3" in shown
    assert "技术知识库 2 2" in shown
    assert "口语" in shown
    assert 'class="little"' in html


def test_losses_are_counted_by_stage_cause_and_owner() -> None:
    page = Page(report_html(mixed()))
    assert "方面选错 1 300 0 检索 1" in page.section("losses")
    assert "知识 1 50 核对条目内容和关联，补齐或更正后重新发布" in page.section("losses")
    assert "市场经营部 2 350 1 " in page.section("mending")


def test_a_failure_tells_what_was_expected_what_came_and_why() -> None:
    shown = Page(report_html(run_of([wrong()]))).section("failures")
    for told in (
        "亲情网怎么取消",
        "结局 回答 条目 biz-family 方面 如何取消 必含 次月生效 禁说 当月生效",
        "方面 资费 把握 70% 每月5元",
        "排序： biz-family ✓",
        "方面选错 检索 市场经营部",
        "方面应为如何取消，实为资费 没有说 次月生效",
        "300",
    ):
        assert told in shown


def test_asking_back_and_handing_over_show_what_was_due() -> None:
    asked = Expectation(Outcome.CLARIFY, clarify=("套餐", "宽带"))
    handed = Expectation(Outcome.HANDOVER, handover="complaint")
    lost = [
        wrong("a", question=make_question(asked, id="a"), stage="not_asked_back"),
        wrong("b", question=make_question(handed, id="b"), stage="not_handed_over"),
    ]
    shown = Page(report_html(run_of(lost))).section("failures")
    assert "结局 反问 反问选项 套餐、宽带" in shown
    assert "结局 转办 去向 complaint" in shown


def test_failures_start_with_what_is_fatal_and_then_what_is_asked_most() -> None:
    html = report_html(run_of([wrong("rare", question=wrong().question), fatal("worst")]))
    rows = re.findall(r'<tr id="(f\d+)".*?data-fatal="(\d)"', html)
    assert rows == [("f1", "1"), ("f2", "0")]


def test_the_mending_list_has_deadlines_and_commands() -> None:
    shown = Page(report_html(mixed())).section("mending")
    assert "2026-11-23" in shown
    assert "2026-11-30" in shown
    assert "zhiku eval run faq/small.jsonl --only q3" in shown


def test_anyone_can_repeat_the_run() -> None:
    shown = Page(report_html(mixed())).section("making")
    for told in ("20261101T000000-abc", "feed", "0123456789abcdef", "20261123", "abcdef123456"):
        assert told in shown
    assert "zhiku eval run faq/small.jsonl --as-of 2026-11-01" in shown


def test_latency_under_several_workers_is_said_to_be_under_load() -> None:
    assert "同时有 4 路在提问" in Page(report_html(mixed())).section("latency")
    assert "没有并发" in Page(report_html(mixed(workers=1))).section("latency")


def test_what_weakens_the_figures_is_said_in_the_head() -> None:
    trained = right("a", split="train")
    refused = wrong("b", outcome=ERROR, stage="refused", cause="题目")
    run = run_of(
        [trained, right("c", split="test"), replace(refused, degraded=("lexical",))],
        code={"commit": "abc+"},
    )
    head = Page(report_html(run)).section("ruling")
    assert "有 1 题被系统拒绝" in head
    assert "有 1 题是在降级状态下作答的" in head
    assert "1 题属于训练划分" in head
    assert "没有提交的修改" in head


def test_a_comparison_lists_wins_and_losses() -> None:
    before = run_of([right("q1"), wrong("q2"), right("q6")])
    lost = replace(right("q6"), checks={"outcome": True, "item": False}, stage="ranked_lower")
    after = run_of([right("q1"), replace(right("q2"), question=wrong("q2").question), lost])
    shown = Page(report_html(after, comparison=compare(before, after).to_json())).section(
        "comparison"
    )
    assert "变好 1 题，变差 1 题，不变 1 题" in shown
    assert "变差的题（1 题）" in shown
    assert "不能判定" in shown


def test_a_trend_needs_two_runs() -> None:
    first, second = mixed(started_at="2026-11-01T08:00:00"), mixed()
    page = Page(report_html(second, history=[first, second]))
    assert "同一题集的 2 次评测" in page.section("trend")
    assert "2026-11-01 08:00" in page.section("trend")
    assert "trend" not in Page(report_html(second, history=[second])).sections


def test_what_people_found_is_shown() -> None:
    run = mixed()
    review = reviewed(run, Review({"q2": Remark(first=True), "q1": Remark(first=True)}))
    shown = Page(report_html(run, review=review.to_json())).section("review")
    assert "终评：达到要求 5 5 60.0%" in shown
    assert "机器判错、人工判对 1" in shown


def test_an_empty_run_is_a_page_that_says_so() -> None:
    page = Page(report_html(run_of([])))
    assert "没有可以判对错的题" in page.section("ruling")
    assert "没有失败的题" in page.section("failures")
    assert "没有需要整改的条目" in page.section("mending")


def test_a_system_that_only_ranks_is_measured_by_its_first_place() -> None:
    page = Page(report_html(run_of([ranked_only("a"), ranked_only("b", first=False)])))
    assert "Hit@1（首条命中） 50.0%" in page.section("ruling")
    assert "abstention" not in page.sections
    assert "系统只排序" in page.section("indicators")
    assert "检索到但排在后面" in page.section("failures")


def test_everything_right_has_no_failures() -> None:
    page = Page(report_html(run_of([right(), unanswerable(answered=False)])))
    assert "没有失败的题" in page.section("losses")


def test_texts_of_data_stay_text_wherever_they_stand() -> None:
    question = make_question(
        Expectation(Outcome.ANSWERED, items=(HOSTILE,), must_contain=(HOSTILE,)),
        id=HOSTILE,
        question=HOSTILE,
        library=HOSTILE,
        style=HOSTILE,
        tags=(HOSTILE,),
        department=HOSTILE,
        business_line=HOSTILE,
        channel=HOSTILE,
    )
    lost = wrong(
        question=question,
        text=HOSTILE,
        why=(HOSTILE,),
        owner=HOSTILE,
        item_id=HOSTILE,
        ranked=(HOSTILE,),
        city=HOSTILE,
        templates=(HOSTILE,),
        fatal=("price",),
    )
    run = run_of([lost, right()], faqset=HOSTILE, file=HOSTILE, system={"kind": HOSTILE})
    older = run_of([lost, right()], faqset=HOSTILE, started_at="2026-11-01")
    html = report_html(
        run,
        gate=gate(run, older).to_json(),
        comparison=compare(older, run).to_json(),
        history=[older, run],
        review=reviewed(run, Review({HOSTILE: Remark(first=False, cause=HOSTILE)})).to_json(),
    )
    page = Page(html)
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 1
    assert html.count("<table") == html.count("</table>")
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "<script>alert('x')</script>" in page.section("failures")


def test_the_page_asks_the_network_for_nothing() -> None:
    html = report_html(mixed())
    page = Page(html)
    addresses = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("href", "src", "xlink:href", "action", "srcset")
    ]
    assert all(value and value.startswith(("#", "data:")) for value in addresses)
    assert not re.search(r"@import|url\((?!#)", html)
    policy = next(
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")


def test_ids_are_unique_and_links_lead_somewhere() -> None:
    before = run_of([right("q1"), wrong("q2")])
    html = report_html(mixed(), history=[mixed(), before], comparison=None)
    ids = re.findall(r'<(?:section|tr|form|table|output|p|nav|main|div)\b[^>]* id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'<a [^>]*href="#([^"]+)"', html))
    assert targets <= set(ids)


def test_the_same_run_makes_the_same_page() -> None:
    assert report_html(mixed()) == report_html(mixed())


def test_a_thousand_failures_stay_small() -> None:
    verdicts = [wrong(f"q{n}") for n in range(1000)] + [right(f"r{n}") for n in range(1500)]
    assert len(report_html(run_of(verdicts)).encode()) < 3_000_000
