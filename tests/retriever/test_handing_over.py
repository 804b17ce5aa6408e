from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corpora.lexicon import Lexicon
from indexer.normalize import normalize
from retriever.handing_over import Routes
from tests.encoders import HashEncoder
from tests.retriever.knowledge import BALANCE, MoodyEncoder

HOW_TO = replace(BALANCE, id="guarded", patterns=("扣费",), unless=("怎么查",), examples=())
EXAMPLE = BALANCE.examples[0]


def vector_of(text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = HashEncoder().encode_queries(
        [text]
    )[0]
    return vector


@pytest.mark.parametrize(
    ("question", "route"),
    [
        ("我现在还剩多少话费", "balance"),
        ("乱扣费", "guarded"),
        ("扣费怎么查", None),
        ("亲情网怎么取消", None),
    ],
)
def test_a_pattern_decides_unless_the_question_is_about_how(
    question: str, route: str | None
) -> None:
    found = Routes(Lexicon(routes=(BALANCE, HOW_TO)), HashEncoder()).route_of(normalize(question))
    assert (found.id if found else None) == route


def test_the_first_of_two_routes_that_match_is_taken() -> None:
    second = replace(BALANCE, id="second")
    found = Routes(Lexicon(routes=(BALANCE, second)), HashEncoder()).route_of("我还剩多少话费")
    assert found is BALANCE


def test_the_nearest_example_names_the_route_and_how_near_it_is() -> None:
    second = replace(BALANCE, id="second", examples=("宽带断了上不了网",))
    routes = Routes(Lexicon(routes=(BALANCE, second)), HashEncoder())
    for route in (BALANCE, second):
        near = routes.nearest(vector_of(route.examples[0]))
        assert near
        assert near.route is route
        assert near.cosine == pytest.approx(1.0)
    between = routes.nearest(vector_of("宽带断了"))
    assert between
    assert between.route is second
    assert 0.0 < between.cosine < 1.0


def test_what_excuses_a_route_excuses_its_examples_too() -> None:
    guarded = replace(HOW_TO, patterns=(), examples=("扣费不对",))
    routes = Routes(Lexicon(routes=(BALANCE, guarded)), HashEncoder())
    near_guarded = routes.nearest(vector_of("扣费不对"))
    assert routes.taking("扣费错了", near_guarded) is guarded
    assert routes.taking("扣费怎么查", near_guarded) is None
    assert routes.taking("扣费怎么查", routes.nearest(vector_of(EXAMPLE))) is BALANCE


def test_a_pattern_takes_a_question_before_the_nearest_example_does() -> None:
    second = replace(BALANCE, id="second", patterns=("宽带",), examples=("宽带断了",))
    routes = Routes(Lexicon(routes=(BALANCE, second)), HashEncoder())
    near_second = routes.nearest(vector_of("宽带断了"))
    assert routes.taking("我还剩多少话费", near_second) is BALANCE
    assert routes.taking("断了", near_second) is second
    assert routes.taking("断了", None) is None


def test_without_routes_or_without_a_vector_nothing_is_near() -> None:
    assert Routes(Lexicon(), HashEncoder()).nearest(vector_of("余额")) is None
    assert Routes(Lexicon(routes=(BALANCE,)), HashEncoder()).nearest(None) is None


def test_an_encoder_that_fails_leaves_patterns_and_examples_count_when_it_is_back() -> None:
    encoder = MoodyEncoder(broken=True)
    routes = Routes(Lexicon(routes=(BALANCE,)), encoder)
    vector = vector_of(EXAMPLE)
    assert routes.route_of("我还剩多少话费") is BALANCE
    assert routes.nearest(vector) is None
    encoder.broken = False
    near = routes.nearest(vector)
    assert near
    assert near.cosine == pytest.approx(1.0)
