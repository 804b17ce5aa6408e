from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from corpora.lexicon import Lexicon
from corpora.push_template import Purpose
from corpora.types import Audience, FacetKind, SaleStatus, SubLibrary
from retriever.answer import Outcome
from retriever.context import CallContext, Customer
from retriever.linear import FeatureModel, VectorModel
from retriever.outcomes import by_cost
from retriever.push import PushMessage
from tests.builders import make_facet, make_filter, make_item
from tests.encoders import HashEncoder
from tests.retriever.knowledge import (
    BALANCE,
    NEVER_SURE,
    MoodyEncoder,
    make_base,
    make_template,
)

CANCEL = make_facet(
    FacetKind.CANCEL, "发QX5到10086取消，次月生效。", "您发QX5到10086就能取消，下月生效。"
)
PRICE = make_facet(FacetKind.PRICE, "月费5元。", "每月5元。")
FAMILY = make_item("family", "亲情网", facets=[PRICE, CANCEL], codes=("QQW001",))
RINGTONE = make_item("ring", "视频彩铃", facets=[PRICE, CANCEL])
ROUTES = Lexicon(routes=(BALANCE,))
CUSTOMER = make_filter(audience=Audience.CUSTOMER)
SECRET = make_facet(
    FacetKind.RULES, "亲情网内部考核口径", audience=Audience.INTERNAL, steps=("内部步骤",)
)

SHARED: dict[str, Any] = {"variant_of": "ring", "aliases": ("老城彩铃",)}


def test_the_asked_facet_is_read_out_with_its_source(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE)
    answer = base.answer("亲情网怎么取消", make_filter())
    assert answer.outcome is Outcome.ANSWERED
    assert answer.held
    assert answer.held.item.id == "family"
    assert answer.facet is FacetKind.CANCEL
    (citation,) = answer.citations
    start, end = citation.span
    assert answer.text[start:end] == CANCEL.customer
    assert {fact.value for fact in answer.facts} == {"5", "10086"}


def test_who_says_a_name_and_what_to_tell_of_it_is_told_that(tmp_path: Path) -> None:
    # the other's known questions say all of it but the name
    usual = make_facet(FacetKind.PRICE, questions=("多少钱", "一个月多少钱", "怎么收费"))
    other = make_item("other", "流量包", facets=[usual, CANCEL])
    called = replace(RINGTONE, aliases=("VRBT",))
    base = make_base(tmp_path, called, other)
    for question, facet in {
        "VRBT多少钱": FacetKind.PRICE,
        "vrbt 怎么取消": FacetKind.CANCEL,
        "视频彩铃一个月多少钱": FacetKind.PRICE,
    }.items():
        answer = base.answer(question, make_filter())
        assert answer.outcome is Outcome.ANSWERED, question
        assert answer.held
        assert (answer.held.item.id, answer.facet) == ("ring", facet), question


def test_staff_are_told_how_to_operate_what_they_call_by_name(tmp_path: Path) -> None:
    screens = make_facet(FacetKind.OPERATION, "进入QQW界面。", audience=Audience.AGENT)
    base = make_base(tmp_path, replace(FAMILY, facets=(CANCEL, PRICE, screens)))
    answer = base.answer("亲情网系统里怎么操作", make_filter())
    assert (answer.facet, answer.agent_text) == (FacetKind.OPERATION, "进入QQW界面。")
    customers = base.answer("亲情网系统里怎么操作", CUSTOMER)
    assert customers.agent_text == ""
    assert customers.facet is not FacetKind.OPERATION


def test_a_local_variant_is_called_by_the_names_of_its_family_where_it_holds(
    tmp_path: Path,
) -> None:
    local = make_item(
        "ring-yd",
        "云都彩铃",
        facets=[PRICE, CANCEL],
        region="yj/yundu",
        variant_of="ring",
    )
    base = make_base(tmp_path, replace(RINGTONE, aliases=("VRBT",)), local, FAMILY)
    for region, item in (("yj/yundu", "ring-yd"), ("yj/linhe", "ring"), ("", "ring")):
        hit = base.search("VRBT多少钱", make_filter(region=region)).hits[0]
        assert hit.item_id == item
        assert {"named", "wholly_named"} <= set(hit.reasons)
        assert base.answer("VRBT多少钱", make_filter(region=region)).facet is FacetKind.PRICE
    # its own name means it, wherever the reader is not known to be
    assert base.search("云都彩铃多少钱", make_filter()).hits[0].item_id == "ring-yd"


def test_a_name_of_two_local_variants_means_the_one_of_everywhere(tmp_path: Path) -> None:
    locals_ = [
        make_item(f"ring-{city}", f"{city}彩铃", facets=[PRICE], region=f"yj/{city}", **SHARED)
        for city in ("linhe", "yundu")
    ]
    base = make_base(tmp_path, RINGTONE, *locals_)
    assert base.search("老城彩铃多少钱", make_filter()).hits[0].item_id == "ring"


def test_a_name_that_too_many_have_names_none(tmp_path: Path) -> None:
    many = [make_item(f"pack{n:02d}", f"流量包{n}号", aliases=("大包",)) for n in range(30)]
    base = make_base(tmp_path, *many)
    assert "wholly_named" not in base.search("大包多少钱", make_filter()).hits[0].reasons
    few = make_base(tmp_path / "few", *many[:20])
    hits = few.search("大包多少钱", make_filter(), 20).hits
    assert all("wholly_named" in hit.reasons for hit in hits)
    assert len(hits) == 20


def test_a_sentence_that_says_nothing_but_its_title_is_not_asked_for_by_name(
    tmp_path: Path,
) -> None:
    sentence = "什么动画片好看"
    says = make_facet(official=sentence)
    named = replace(says, official=f"{sentence}：看排行榜。")
    for n, (facet, reasons) in enumerate([(says, False), (named, True)]):
        base = make_base(tmp_path / str(n), make_item("text", sentence, facets=[facet]))
        page = base.search(f"请问{sentence}呢", make_filter())
        assert page.query.called == sentence
        assert ("wholly_named" in page.hits[0].reasons) is reasons


def test_the_span_of_a_citation_begins_after_the_sale_status(tmp_path: Path) -> None:
    base = make_base(tmp_path, replace(FAMILY, sale_status=SaleStatus.WITHDRAWN))
    answer = base.answer("亲情网怎么取消", make_filter())
    (citation,) = answer.citations
    assert answer.text.startswith("这项已下线")
    assert answer.text[slice(*citation.span)] == CANCEL.customer
    assert citation.span[1] == len(answer.text)


def test_what_is_not_likely_enough_is_not_answered(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, calibration=dict(NEVER_SURE))
    answer = base.answer("亲情网怎么取消", make_filter())
    assert answer.outcome is Outcome.UNKNOWN
    assert [hit.item_id for hit in answer.nearest] == ["family"]
    assert answer.held is None
    assert not answer.facts


def test_an_encoder_that_fails_leaves_answers_by_words_that_say_so(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, encoder=MoodyEncoder(broken=True), lexicon=ROUTES)
    page = base.search("亲情网怎么取消", make_filter())
    assert [hit.item_id for hit in page.hits] == ["family"]
    assert page.degraded == ("semantic",)
    answer = base.answer("亲情网怎么取消", make_filter())
    assert answer.outcome is Outcome.ANSWERED
    assert answer.facet is FacetKind.CANCEL
    assert answer.to_json()["degraded"] == ["semantic"]


def test_a_question_half_looked_for_is_not_called_missing_knowledge(tmp_path: Path) -> None:
    encoder = MoodyEncoder(broken=True)
    base = make_base(tmp_path, FAMILY, RINGTONE, encoder=encoder, calibration=dict(NEVER_SURE))
    question = "红烧肉怎么炖才好吃"
    answer = base.answer(question, make_filter())
    assert answer.outcome is Outcome.UNKNOWN
    assert answer.degraded == ("semantic",)
    assert "语义检索暂时不可用" in answer.reason
    encoder.broken = False
    again = base.answer(question, make_filter())
    assert again.degraded == ()
    assert again.outcome is Outcome.UNKNOWN
    assert "语义检索暂时不可用" not in again.reason


def test_what_was_learned_from_vectors_does_not_decide_without_one(tmp_path: Path) -> None:
    encoder = MoodyEncoder()
    base = make_base(tmp_path, FAMILY, RINGTONE, encoder=encoder)
    kinds = tuple(outcome.value for outcome in Outcome)
    bias = np.array([0.0, -9.0, -9.0, -9.0], dtype=np.float32)
    weights = {"unknown": {"text_unknown": 1.0}, "answered": {"text_answered": 2.0}}
    known = {"answered": 0.0, "clarify": -9.0, "handover": -9.0, "unknown": 2.0}
    outcomes = FeatureModel(known, weights)
    base.retriever.constants = replace(
        base.retriever.constants,
        texts=VectorModel(kinds, np.zeros((4, HashEncoder.dim), np.float32), bias),
        outcomes=outcomes,
    )
    assert base.answer("视频彩铃怎么取消", make_filter()).outcome is Outcome.ANSWERED
    # read as 0, the missing ln P would make "not known" the likeliest: e² against 1
    assert by_cost(outcomes.probabilities({}))[0] is Outcome.UNKNOWN
    encoder.broken = True
    answer = base.answer("亲情网怎么取消", make_filter())
    assert answer.outcome is Outcome.ANSWERED
    assert answer.degraded == ("semantic",)


def test_a_route_by_pattern_and_a_question_back_are_there_without_the_encoder(
    tmp_path: Path,
) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE, encoder=MoodyEncoder(broken=True), lexicon=ROUTES)
    assert base.answer("我现在还剩多少话费", make_filter()).outcome is Outcome.HANDOVER
    assert base.answer("怎么取消", make_filter()).outcome is Outcome.CLARIFY


def test_the_brand_of_the_customer_holds_for_everything_that_is_asked(tmp_path: Path) -> None:
    offer = make_item("mkt", "存100送100", SubLibrary.MARKETING, facets=[PRICE, CANCEL])
    base = make_base(tmp_path, FAMILY, replace(offer, brands=("全球通",)))
    question = "存100送100怎么取消？一个月多少钱？"
    for brand, told in (("", ["条目登记的品牌是全球通，先核对客户的品牌"]), ("全球通", [])):
        answer = base.answer(question, make_filter(), CallContext(customer=Customer(brand=brand)))
        (further,) = answer.more
        assert [note.text for note in further.notes] == told


def test_an_own_record_is_handed_over_with_what_staff_check(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, lexicon=ROUTES)
    answer = base.answer("我现在还剩多少话费", make_filter())
    assert answer.outcome is Outcome.HANDOVER
    assert answer.handover
    assert answer.handover.check == BALANCE.check
    assert answer.handover.record == BALANCE.record


def test_what_staff_check_and_record_is_not_shown_to_customers(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, lexicon=ROUTES)
    answer = base.answer("我现在还剩多少话费", CUSTOMER)
    assert answer.outcome is Outcome.HANDOVER
    assert answer.handover
    assert (answer.handover.check, answer.handover.record) == ((), ())
    assert answer.text == BALANCE.say


def test_the_code_on_the_screen_completes_a_question_that_is_repeated_as_asked(
    tmp_path: Path,
) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE)
    answer = base.answer("怎么取消", make_filter(), CallContext(boss_code="qqw001"))
    assert answer.held
    assert answer.held.item.id == "family"
    assert answer.query == "怎么取消"


def test_an_unknown_code_on_the_screen_leaves_the_question_open(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE)
    answer = base.answer("怎么取消", make_filter(), CallContext(boss_code="NOPE99"))
    assert answer.outcome is Outcome.CLARIFY


def test_empty_and_wordless_lines_of_the_dialogue_are_passed_over(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE)
    context = CallContext(dialog=("我想问一下视频彩铃", "", "  ", "……"))
    answer = base.answer("那个怎么取消", make_filter(), context)
    assert answer.held
    assert answer.held.item.id == "ring"


def test_a_very_long_line_never_cuts_the_question_off(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE)
    context = CallContext(dialog=("亲情网" * 400,))
    answer = base.answer("怎么取消", make_filter(), context)
    assert answer.query == "怎么取消"
    assert answer.held
    assert answer.held.item.id == "family"


def test_a_question_of_the_longest_kind_leaves_no_room_for_a_subject(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE)
    answer = base.answer("怎么取消" * 125, make_filter(), CallContext(dialog=("亲情网",)))
    assert answer.query == "怎么取消" * 125


def test_staff_wording_stands_beside_the_text_and_never_in_it(tmp_path: Path) -> None:
    base = make_base(tmp_path, replace(FAMILY, facets=(PRICE, SECRET)))
    inside = base.answer("亲情网内部考核口径", make_filter(audience=Audience.INTERNAL))
    assert inside.agent_text == "亲情网内部考核口径\n内部步骤"
    assert "内部" not in inside.text
    for wanted in (make_filter(), CUSTOMER):
        answer = base.answer("亲情网内部考核口径", wanted)
        assert "内部" not in answer.text + answer.agent_text


def test_a_customer_is_shown_no_official_wording(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE)
    for question in ("亲情网怎么取消", "发QX5到10086取消，次月生效", "亲情网月费"):
        shown = str(base.answer(question, CUSTOMER).to_json())
        assert CANCEL.official not in shown
        assert PRICE.official not in shown


def test_no_message_is_offered_from_an_item_that_only_staff_may_read(tmp_path: Path) -> None:
    hidden = replace(make_item("secret", "内部挽留名单", facets=[SECRET]), templates=("tpl-a",))
    base = make_base(tmp_path, hidden, templates=[make_template()])
    answer = base.answer("内部挽留名单", make_filter(audience=Audience.INTERNAL))
    assert answer.outcome is Outcome.ANSWERED
    assert answer.text == ""
    assert answer.push == ()


def test_a_message_that_the_item_fills_comes_whole(tmp_path: Path) -> None:
    item = replace(FAMILY, templates=("tpl-a", "tpl-ads"))
    ads = make_template("tpl-ads", purpose=Purpose.MARKETING)
    base = make_base(tmp_path, item, templates=[make_template(), ads])
    messages = base.answer("亲情网怎么取消", make_filter()).push
    assert [m.template_id for m in messages] == ["tpl-a", "tpl-ads"]
    assert all(isinstance(m, PushMessage) and "亲情网" in m.text for m in messages)


def test_text_of_which_nothing_is_traced_is_not_read_out(tmp_path: Path) -> None:
    untraced = make_facet(FacetKind.PRICE, "按公告执行。", "每月88元。")
    base = make_base(tmp_path, make_item("odd", "神秘套餐", facets=[untraced]))
    answer = base.answer("神秘套餐多少钱", make_filter())
    assert answer.outcome is Outcome.UNKNOWN
    assert answer.text == ""
    assert [hit.item_id for hit in answer.nearest] == ["odd"]
