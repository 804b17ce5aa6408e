"""The second look: facets read beside the question move items and choose facets."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpora.types import Audience, Facet, FacetKind, KnowledgeItem
from indexer.encoders.protocol import EncoderError
from indexer.readings import Asked, Reading
from indexer.taught import Joined
from retriever import retriever as retrieving
from retriever.beside import Beside
from retriever.knowledge_base import KnowledgeBase
from retriever.retriever import ResultPage
from retriever.several import split
from retriever.taught import LOOKED_AT, gains_of, mass, scores_of, with_gain
from tests.builders import make_content, make_held, open_published
from tests.eval.builders import AGENT, make_item
from tests.retriever.knowledge import SURE, constants_in
from tests.teachable import Characters, TeachableEncoder, make_taught


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def test_a_score_is_the_best_partner_of_each_token_and_the_cosine() -> None:
    asked = Asked(np.stack([unit(1, 0), unit(0, 1)]), unit(1, 1), 0.0)
    near = Reading(np.array([[127, 0], [0, 127]], dtype=np.int8), unit(1, 1).astype(np.float16))
    half = Reading(np.array([[127, 0]], dtype=np.int8), unit(1, 0).astype(np.float16))
    taught = make_taught()
    first, second = scores_of(asked, [near, half], taught)
    assert first == pytest.approx(20.0 + 10.0, abs=0.02)
    assert second == pytest.approx(20.0 * 0.5 + 10.0 * np.sqrt(0.5), abs=0.02)
    # beside others as alone
    assert scores_of(asked, [half], taught) == pytest.approx([second])
    assert scores_of(asked, [], taught) == []


def test_the_mass_of_facets_is_theirs_together() -> None:
    assert mass([0.0, 0.0]) == pytest.approx(np.log(2.0))
    assert mass([1000.0, 999.0]) == pytest.approx(1000.0 + np.log1p(np.exp(-1.0)))
    assert mass([]) < mass([-1e6])


def test_the_likeliest_item_stays_and_the_others_fall_by_no_more_than_most() -> None:
    assert gains_of([3.0, 1.0, -50.0], Joined(share=0.1, most=0.5)) == pytest.approx(
        [0.0, -0.2, -0.5]
    )


def facet(kind: FacetKind, words: str, audience: Audience = Audience.CUSTOMER) -> Facet:
    return Facet(
        kind, words, customer=words if audience is Audience.CUSTOMER else "", audience=audience
    )


def items() -> list[KnowledgeItem]:
    twins = ("上海套餐" * 4, "广州套餐" * 4)
    made = [
        replace(
            make_item(f"biz-{name}", title=title),
            facets=(
                facet(FacetKind.PRICE, f"{title}每月费用"),
                facet(FacetKind.OPEN, f"{title}办理窗口", Audience.AGENT),
            ),
        )
        for name, title in zip("ab", twins, strict=True)
    ]
    return [*made, make_item("biz-c", title="彩铃")]


def opened(root: Path, *known: str, joined: Joined | None = None) -> KnowledgeBase:
    from corpora.lexicon import Lexicon
    from indexer.release import Release

    encoder = TeachableEncoder()
    release = Release(tuple(map(make_held, items())), lexicon=Lexicon())
    searcher = open_published(root / "index", make_content(release, encoder))
    fitted = constants_in(root / "fitted", dict(SURE))
    if known:
        make_taught(*known, joined=joined).write(fitted, encoder.fingerprint)
    return KnowledgeBase(searcher, encoder, fitted=fitted, readings=root / "cache")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    found = opened(tmp_path, "biz-a", "biz-b", "biz-c", joined=Joined(1.0, 50.0, 1.0))
    yield found
    found.close()


def test_the_item_whose_facets_read_like_the_question_comes_first(base: KnowledgeBase) -> None:
    for place, wanted in (("上海", "biz-a"), ("广州", "biz-b")):
        page = base.search(f"{place}套餐每月费用", AGENT)
        assert page.hits[0].item_id == wanted
        second = next(hit for hit in page.hits if hit.item_id in {"biz-a", "biz-b"} - {wanted})
        assert dict(second.parts)["second_look"] < 0.0
        assert "second_look" not in dict(page.hits[0].parts)


def test_hits_are_kept_as_they_were_found_with_their_scores(base: KnowledgeBase) -> None:
    looking = base.retriever.second_look
    page = base.search("广州套餐每月费用", AGENT)
    base.retriever.second_look = None
    plain = base.search("广州套餐每月费用", AGENT)
    base.retriever.second_look = looking
    assert page.as_found == plain.hits
    assert (plain.look, plain.as_found) == (None, ())
    assert {hit.item_id for hit in page.hits} == {hit.item_id for hit in plain.hits}


def test_a_page_that_was_found_is_looked_at_later_as_well(base: KnowledgeBase) -> None:
    text = "广州套餐每月费用"
    found = base.retriever.found(text, AGENT, LOOKED_AT)
    assert (found.look, found.as_found) == (None, ())
    looked = base.retriever.looked(found, AGENT)
    assert looked.as_found == found.hits
    assert looked.hits[:2] == base.search(text, AGENT, 2).hits


def test_a_name_and_what_to_tell_of_it_is_not_read_again(base: KnowledgeBase) -> None:
    told = base.search("彩铃多少钱", AGENT)
    assert "wholly_named" in told.hits[0].reasons
    assert (told.look, told.as_found) == (None, ())
    more = base.search("彩铃多少钱靠谱么", AGENT)
    assert "wholly_named" not in more.hits[0].reasons
    assert more.look is not None


def test_outcomes_read_the_page_as_it_was_found(base: KnowledgeBase) -> None:
    page = base.search("广州套餐每月费用", AGENT)
    looking, base.retriever.second_look = base.retriever.second_look, None
    plain = base.search("广州套餐每月费用", AGENT)
    base.retriever.second_look = looking
    looked, found = (base.weigher.weighed(one, AGENT.audience) for one in (page, plain))
    assert (looked.features, looked.confidence) == (found.features, found.confidence)
    assert looked.facets[0].facet in page.hits[0].held.item.facets


def test_the_facet_that_reads_like_the_question_is_likelier(base: KnowledgeBase) -> None:
    for words, kind in (("每月费用", FacetKind.PRICE), ("办理窗口", FacetKind.OPEN)):
        page = base.search(f"上海套餐{words}", AGENT)
        best = base.weigher.facets(page, page.hits[0].held, AGENT.audience)[0]
        assert best.facet.kind is kind
        assert best.features["second_look"] == pytest.approx(
            max(page.look.facets[page.hits[0].held.key].values())
        )


def test_what_the_asker_may_not_read_is_not_read(base: KnowledgeBase) -> None:
    wanted = replace(AGENT, audience=Audience.CUSTOMER)
    page = base.search("上海套餐办理窗口", wanted)
    assert page.look is not None
    for hit in page.hits:
        seen = {n for n, f in enumerate(hit.held.item.facets) if f.audience is Audience.CUSTOMER}
        assert page.look.facets[hit.held.key].keys() == seen


def test_more_items_wanted_do_not_change_the_order_of_fewer(base: KnowledgeBase) -> None:
    many = [hit.item_id for hit in base.search("套餐费用", AGENT, 3).hits]
    assert [hit.item_id for hit in base.search("套餐费用", AGENT, 1).hits] == many[:1]


def test_knowledge_that_it_was_not_taught_is_found_as_ever(tmp_path: Path) -> None:
    base = opened(tmp_path, "biz-x", "biz-y")
    assert base.retriever.second_look is None
    assert base.retriever.taught_digest == ""
    assert base.search("上海套餐", AGENT).look is None
    base.close()


def test_warming_up_reads_all_facets_and_keeps_them(base: KnowledgeBase, tmp_path: Path) -> None:
    base.warm_up(AGENT)
    look = base.retriever.second_look
    assert look is not None
    (kept,) = (tmp_path / "cache").glob("*.npz")
    assert kept.name == f"{look.reader.taught.digest}.readings.npz"
    assert look.reader.fill(base.held(["biz-a", "biz-b", "biz-c"], AGENT)) == 0


def taught_model(base: KnowledgeBase) -> Characters:
    encoder = base.retriever.encoder
    assert isinstance(encoder, TeachableEncoder)
    assert encoder.taught is not None
    return encoder.taught


def test_of_items_that_were_warmed_nothing_is_cut_or_read_again(base: KnowledgeBase) -> None:
    look = base.retriever.second_look
    assert look is not None
    held = base.held(["biz-a", "biz-b", "biz-c"], AGENT)
    look.warm(held)
    model = taught_model(base)
    facets = sum(len(one.item.facets) for one in held)
    assert model.asked == facets
    cut = model.cut
    assert base.search("广州套餐每月费用", AGENT).look is not None
    assert (model.cut, model.asked) == (cut + 1, facets + 1)  # the question alone


def test_a_look_is_taken_once_and_its_time_counts(base: KnowledgeBase) -> None:
    found = base.retriever.found("广州套餐每月费用", AGENT)
    looked = base.retriever.looked(found, AGENT)
    assert looked.took_ms > found.took_ms
    assert base.retriever.looked(looked, AGENT) is looked


def test_a_question_is_read_while_it_is_searched_for(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieving, "BESIDE", Beside(cores=2))
    look, being_read = base.retriever.second_look, threading.Event()
    assert look is not None
    asked, found = look.asked, base.retriever.found

    def reading(text: str, meant: str) -> Asked:
        being_read.set()
        return asked(text, meant)

    def searching(*given: Any) -> ResultPage:
        assert being_read.wait(10.0)
        return found(*given)

    monkeypatch.setattr(look, "asked", reading)
    monkeypatch.setattr(base.retriever, "found", searching)
    assert base.search("广州套餐每月费用", AGENT).look is not None


def test_the_time_of_a_search_counts_the_reading_too(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieving, "BESIDE", Beside(cores=1))
    look = base.retriever.second_look
    assert look is not None
    asked = look.asked

    def slowly(text: str, meant: str) -> Asked:
        time.sleep(0.3)
        return asked(text, meant)

    monkeypatch.setattr(look, "asked", slowly)
    assert base.search("广州套餐每月费用", AGENT).took_ms > 300.0


@pytest.mark.parametrize("cores", [1, 2])
def test_a_reading_that_fails_costs_nothing_where_no_look_is_taken(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    def broken(*_: Any) -> Any:
        raise EncoderError("away")

    monkeypatch.setattr(retrieving, "BESIDE", Beside(cores))
    monkeypatch.setattr(base.retriever.second_look, "asked", broken)
    with pytest.raises(EncoderError):
        base.search("广州套餐每月费用", AGENT)
    monkeypatch.setattr(base.retriever.encoder, "encode_queries", broken)
    page = base.search("上海套餐每月费用", AGENT)
    assert (page.degraded, page.look) == (("semantic",), None)
    assert page.hits


@pytest.mark.parametrize(
    ("part", "reads"),
    [
        pytest.param("怎么办理", 0, id="told from the item at hand"),
        pytest.param("彩铃取消不了怎么办", 1, id="names an item of its own"),
    ],
)
def test_only_a_part_with_an_item_of_its_own_is_looked_at(
    base: KnowledgeBase, part: str, reads: int
) -> None:
    base.warm_up(AGENT)
    model = taught_model(base)
    asked = model.asked
    answer = base.answer(f"广州套餐每月多少钱靠谱么，{part}", AGENT)
    assert answer.held is not None
    assert [bool(one.topic) for one in split(answer.query)] == [False, True]
    assert model.asked == asked + 2 + reads  # beside the whole and what it asks first


def test_a_hit_that_does_not_move_stays_the_same(base: KnowledgeBase) -> None:
    hit = base.search("彩铃", AGENT).hits[0]
    assert with_gain(hit, 0.0) is hit
    assert with_gain(hit, -0.25).score == hit.score - 0.25
