from __future__ import annotations

from typing import Any

import orjson
import pytest

from api.answer_example import ANSWERED
from api.responses import AnswerReply, FurtherAnswer


def test_the_example_is_an_answer_with_all_its_keys() -> None:
    reply = AnswerReply.model_validate_json(orjson.dumps(ANSWERED))
    assert reply.model_dump(mode="json", by_alias=True, exclude_none=True)["notes"]
    assert set(ANSWERED) == set(AnswerReply.model_fields)
    assert [set(one) for one in ANSWERED["more"]] == [set(FurtherAnswer.model_fields)]


@pytest.mark.parametrize("answer", [ANSWERED, *ANSWERED["more"]])
def test_the_spans_of_the_example_cover_its_text(answer: dict[str, Any]) -> None:
    assert [cited["span"] for cited in answer["citations"]] == [[0, len(answer["text"])]]
    assert answer["item"]["id"] == answer["citations"][0]["item_id"]
