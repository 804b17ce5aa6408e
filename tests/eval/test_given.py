"""Answer objects: what is read of them, and what is refused because it is none."""

from __future__ import annotations

from typing import Any

import pytest

from eval.errors import SystemBroken
from eval.given import Given
from retriever.answer import Clarification, Handover, Option, Outcome, Tip
from retriever.push import PushPreview
from tests.eval.builders import make_answer
from tests.eval.test_previews import sms


def test_the_products_own_answers_are_read_whole() -> None:
    preview = PushPreview(**sms("【示例移动】您好"))
    answer = make_answer(
        tips=(Tip("tip-a", "提醒", "请先退订", must_say=True),),
        push=(preview,),
        agent_text="口径",
        degraded=("semantic",),
    )

    given = Given.from_json(answer.to_json())

    assert (given.answered, given.confidence, given.text) == (True, 0.9, "每月5元")
    assert (given.item_id, given.facet, given.agent_text) == ("biz-family", "price", "口径")
    assert (given.tips, given.previews) == (("tip-a",), ("【示例移动】您好",))
    assert given.facts[0]["value"] == "5"
    assert given.degraded == ("semantic",)


def test_choices_and_the_way_of_a_handover_are_read() -> None:
    asked = Clarification("哪一项？", (Option("亲情网", "亲情网怎么取消", "biz-family"),))
    clarify = make_answer(Outcome.CLARIFY, clarify=asked)
    handover = make_answer(Outcome.HANDOVER, handover=Handover("balance", "自助查询", (), ()))

    assert Given.from_json(clarify.to_json()).options == (("亲情网", "biz-family"),)
    assert Given.from_json(handover.to_json()).route == "balance"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_four_keys_make_an_answer(outcome: Outcome) -> None:
    given = Given.from_json({"outcome": outcome.value, "confidence": 1, "text": "好"})

    assert (given.outcome, given.item_id, given.previews) == (outcome, "", ())


@pytest.mark.parametrize("missing", ["outcome", "confidence", "text"])
def test_a_missing_key_is_named(missing: str) -> None:
    answer = make_answer().to_json()
    del answer[missing]

    with pytest.raises(SystemBroken, match=missing):
        Given.from_json(answer)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"outcome": "maybe"}, "maybe"),
        ({"confidence": "sure"}, "sure"),
        ({"confidence": 87.5}, r"87\.5"),
        ({"confidence": float("nan")}, "nan"),
        ({"confidence": None}, "NoneType"),
        ({"item": "biz-family"}, "biz-family"),
        ({"item": {"id": "a", "sale_status": "sold"}}, "sold"),
        ({"item": {"id": "a", "effective_to": "soon"}}, "soon"),
        ({"item": {"id": "a", "effective_from": 5}}, "must be str"),
        ({"facts": ["5"]}, "facts"),
        ({"actions": [1]}, "actions"),
        ({"push": ["text"]}, "push"),
        ({"push": 5}, "int"),
        ({"tips": [{}]}, "item_id"),
        ({"clarify": []}, None),
        ({"clarify": {"options": [{}]}}, "label"),
        ({"clarify": {"options": 5}}, "int"),
        ({"handover": "balance"}, "str"),
    ],
)
def test_what_is_no_answer_object_is_a_broken_system_and_never_a_crash(
    changes: dict[str, Any], named: str | None
) -> None:
    answer = {**make_answer().to_json(), **changes}

    if named is None:
        Given.from_json(answer)  # nothing is nothing, whatever type it has
        return
    with pytest.raises(SystemBroken, match=named):
        Given.from_json(answer)
