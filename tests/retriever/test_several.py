from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.types import FacetKind
from retriever.answer import Answer, Handover, Outcome
from retriever.several import MOST, Part, further, parts_of, split
from tests.builders import make_held, make_item

SIGNS = "副卡宽带我在石桥怎么开多少钱吗呢不几号退还有另外顺便能，。？?、；; “”19AGgb"


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("副卡怎么开，一个月多少钱，能退吗", ("副卡怎么开", "副卡 一个月多少钱", "副卡 能退吗")),
        ("副卡怎么开一个月多少钱能退吗", ("副卡怎么开", "副卡 一个月多少钱", "副卡 能退吗")),
        ("副卡怎么开；一个月多少钱", ("副卡怎么开", "副卡 一个月多少钱")),
        (
            "5元日包怎么开、多少钱、几号生效",
            ("5元日包怎么开", "5元日包 多少钱", "5元日包 几号生效"),
        ),
        (
            "手机掉水里了，第一步做啥？能不能吹风机吹？",
            ("手机掉水里了，第一步做啥", "手机掉水里了，第一步做 能不能吹风机吹"),
        ),
        ("宽带多少钱，还有副卡怎么开", ("宽带多少钱", "副卡怎么开")),
        ("密码忘了，另外宽带怎么退", ("密码忘了", "宽带怎么退")),
        ("怎么取消彩铃？多少钱一个月？", ("怎么取消彩铃", "彩铃 多少钱一个月")),
    ],
)
def test_questions_in_one_are_told_apart_and_share_their_subject(
    question: str, parts: tuple[str, ...]
) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "我在石桥，想办宽带，多少钱",
        "我用的全球通99，流量跑超了后面1个G收几块",
        "电视开了是黑的，盒子灯是亮的，遥控器按哪个",
        "写卡失败，怎么办？",
        "怎么回事啊，我套餐才79，你们超了是按什么收的？",
        "流量用到100gb以后是停网呢还是给我降速",
        "推日包还是月包，还是升档",
        "我多办张副卡插手表里行不行，是不是就不用买手表卡了",
        "漫游要不要关，怎么关",
        "短信说“您的优惠将到期，怎么续？回复1”，是真的吗",
        "你们不是说可以带号走的吗我这个合约要赔多少钱",
        "充10,000元送多少",
        "我什么都没点，凭啥扣我的",
        "喂你好我有一张以前的老号好几年没用了想销掉",
        "？",
        "",
    ],
)
def test_one_question_stays_as_it_is(question: str) -> None:
    assert parts_of(question) == (question,)


def test_more_than_the_fourth_question_is_asked_with_the_fourth() -> None:
    parts = split("副卡多少钱？怎么开？怎么退？几号生效？要带什么证件？")
    assert [part.said for part in parts] == [
        *("副卡多少钱", "怎么开", "怎么退"),
        "几号生效？要带什么证件",
    ]
    assert {part.topic for part in parts[1:]} == {"副卡"}


@given(st.text(SIGNS, max_size=60))
def test_parts_are_pieces_of_the_question_in_order(question: str) -> None:
    parts = split(question)
    assert 1 <= len(parts) <= MOST
    assert parts[0].topic == ""
    place = 0
    for part in parts:
        place = question.index(part.said, place) + len(part.said)
    if len(parts) == 1:
        assert parts[0].said == question


@given(st.text(max_size=80))
def test_any_text_can_be_split(question: str) -> None:
    assert all(part.said for part in split(question)) or not question


def answer_of_kind(
    facet: FacetKind | None,
    text: str = "",
    *,
    outcome: Outcome = Outcome.ANSWERED,
    item_id: str = "fuka",
    route: str = "",
) -> Answer:
    return Answer(
        query="",
        outcome=outcome,
        confidence=0.9,
        reason="",
        text=text or f"{item_id} {facet}",
        trace_id="t",
        took_ms=1.0,
        held=make_held(make_item(item_id, "副卡业务")) if facet else None,
        facet=facet,
        handover=Handover(route, "专席", (), ()) if route else None,
    )


OPEN = answer_of_kind(FacetKind.OPEN)
PRICE = answer_of_kind(FacetKind.PRICE)
PARTS = (Part("副卡怎么开"), Part("一个月多少钱", "副卡"), Part("能退吗", "副卡"))


def asked(*answers: Answer | None, main: Answer = OPEN) -> list[Answer]:
    given_answers = dict(zip(PARTS, answers, strict=True))
    return list(further(PARTS, given_answers.__getitem__, main))


def test_only_what_the_main_answer_does_not_say_is_further() -> None:
    assert asked(OPEN, PRICE, None) == [PRICE]


def test_the_same_facet_of_another_item_is_further() -> None:
    other = answer_of_kind(FacetKind.OPEN, item_id="kuandai")
    assert asked(OPEN, other, PRICE) == [other, PRICE]


def test_no_two_further_answers_are_of_one_facet_of_one_item() -> None:
    assert asked(PRICE, PRICE, PRICE) == [PRICE]


def test_two_facets_in_the_same_words_are_told_once() -> None:
    assert asked(PRICE, answer_of_kind(FacetKind.FAQ, PRICE.text), None) == [PRICE]


def test_a_part_that_is_handed_over_is_further() -> None:
    handed_over = answer_of_kind(None, "转专席", outcome=Outcome.HANDOVER, route="balance")
    assert asked(OPEN, handed_over, None) == [handed_over]


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CLARIFY])
def test_what_is_not_known_or_asked_back_is_nothing_further(outcome: Outcome) -> None:
    assert asked(OPEN, answer_of_kind(None, outcome=outcome), PRICE) == [PRICE]


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CLARIFY])
def test_nothing_is_further_where_the_whole_question_was_not_answered(outcome: Outcome) -> None:
    assert asked(OPEN, PRICE, None, main=answer_of_kind(None, outcome=outcome)) == []


def test_one_question_has_nothing_further() -> None:
    assert further(PARTS[:1], lambda part: PRICE, OPEN) == ()


def test_further_answers_have_none_of_their_own() -> None:
    found = further(PARTS, lambda part: Answer(**{**as_fields(PRICE), "more": (OPEN,)}), OPEN)
    assert [answer.more for answer in found] == [()]


def as_fields(answer: Answer) -> dict[str, object]:
    return {name: getattr(answer, name) for name in Answer.__slots__}


def test_further_answers_have_every_key_of_an_answer_except_more() -> None:
    whole = Answer(**{**as_fields(OPEN), "more": (PRICE,)}).to_json()
    assert [set(one) for one in whole["more"]] == [set(whole) - {"more"}]
