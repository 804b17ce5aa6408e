from __future__ import annotations

import pytest

from corpora.types import Audience, Facet, FacetKind
from retriever.besides import said_besides
from retriever.choosing import FacetMatch


def match(kind: FacetKind, chance: float, customer: str = "每月5元。") -> FacetMatch:
    audience = Audience.CUSTOMER if customer else Audience.AGENT
    facet = Facet(kind, "资费每月5元。", customer=customer, audience=audience)
    return FacetMatch(facet, {}, chance, chance)


def said(*matches: FacetMatch) -> FacetKind | None:
    found = said_besides(matches, (matches[0].facet, None) if matches else ())
    return found.facet.kind if found else None


def test_where_it_is_not_sure_what_was_asked_the_next_likeliest_facet_is_said_besides() -> None:
    assert (
        said(match(FacetKind.PRICE, 0.5), match(FacetKind.OPEN, 0.3), match(FacetKind.CANCEL, 0.2))
        is FacetKind.OPEN
    )


@pytest.mark.parametrize(
    "matches",
    [
        (),
        (match(FacetKind.PRICE, 0.5),),
        (match(FacetKind.PRICE, 0.6), match(FacetKind.OPEN, 0.4)),
        (match(FacetKind.PRICE, 0.55), match(FacetKind.OPEN, 0.09)),
    ],
)
def test_a_sure_facet_and_unlikely_ones_add_nothing(matches: tuple[FacetMatch, ...]) -> None:
    assert said(*matches) is None


def test_wording_for_staff_is_never_said_besides() -> None:
    matches = (
        match(FacetKind.PRICE, 0.45),
        match(FacetKind.SCRIPT, 0.3, customer=""),
        match(FacetKind.OPEN, 0.25),
    )
    assert said(*matches) is FacetKind.OPEN


def test_what_is_said_already_is_not_repeated() -> None:
    first, second = match(FacetKind.SCRIPT, 0.4, customer=""), match(FacetKind.PRICE, 0.35)
    third = match(FacetKind.OPEN, 0.25)
    found = said_besides((first, second, third), (second.facet, first.facet))
    assert found is third
