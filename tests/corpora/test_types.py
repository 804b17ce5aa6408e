"""What an item says of itself."""

from __future__ import annotations

from corpora import serial
from corpora.types import Audience, Facet, FacetKind
from tests.builders import make_facet, make_item

ASKED = make_item(
    facets=[
        make_facet(FacetKind.PRICE, questions=("多少钱", "贵不贵")),
        make_facet(FacetKind.OPEN),
        make_facet(FacetKind.RULES, audience=Audience.INTERNAL, questions=("能不能少收",)),
    ],
    similar_questions=("月包是啥", "月包怎么样"),
)


def test_every_way_to_ask_comes_after_the_path_of_the_field_that_holds_it() -> None:
    assert list(ASKED.questions()) == [
        ("similar_questions[0]", "月包是啥"),
        ("similar_questions[1]", "月包怎么样"),
        ("facets[0].questions[0]", "多少钱"),
        ("facets[0].questions[1]", "贵不贵"),
        ("facets[2].questions[0]", "能不能少收"),
    ]


def test_an_item_that_nobody_wrote_questions_for_has_none() -> None:
    assert list(make_item().questions()) == []


def test_ways_to_ask_are_kept_and_what_has_none_is_stored_as_before() -> None:
    assert serial.item_from(serial.dump(ASKED)) == ASKED
    plain = make_item(facets=[Facet(FacetKind.PRICE, "月费10元。", "每月10元。")])
    assert b"questions" not in serial.dump(plain)
