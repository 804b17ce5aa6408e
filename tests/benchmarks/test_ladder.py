"""The ladder on a handful of texts: what is off is off, the last step is the product, nothing stays
switched."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import ladder, ladder_faq
from benchmarks.ladder_public import public_ladder
from benchmarks.ladder_tables import ladders, markdown, terminal
from benchmarks.rungs import RUNGS, Climber, rungs_for, switched
from benchmarks.side_by_side import Way, ask, steps
from eval.beir import run_beir, scored
from eval.beir_set import read_beir
from eval.faqset import load
from retriever import retriever as ranking
from retriever import sides
from retriever.adapter import Adapter
from retriever.answer import Outcome
from retriever.backends.embedded import EmbeddedSearcher
from retriever.constants import Reconsidered
from retriever.knowledge_base import KnowledgeBase
from retriever.linear import FeatureModel
from retriever.retriever import Retriever
from tests.builders import make_filter
from tests.encoders import HashEncoder
from tests.eval.builders import faq_line, make_base, make_item, write_faqset
from tests.eval.test_beir import make_folder
from tests.retriever.explained import CharacterEncoder, base_of
from tests.teachable import TeachableEncoder, make_taught

PAIR = {"q1": {"d1": 1}, "q2": {"d2": 1}}
SIDES = ("SUPPORT", "SUPPORT_OF_SIDES", "LEXICAL_OF_SIDES")


def quiet(done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    return base_of(tmp_path_factory.mktemp("tokens"), CharacterEncoder())


def climber(base: KnowledgeBase, place: int) -> Climber:
    return Climber(RUNGS[place], base.retriever.searcher, base.retriever.encoder)


def test_the_module_is_as_before_after_a_step_even_one_that_fails() -> None:
    before = [*(getattr(sides, name) for name in SIDES), ranking.boosts]

    def fail() -> None:
        with switched(RUNGS[0]):
            assert sides.SUPPORT == ()
            assert ranking.boosts is not before[-1]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [*(getattr(sides, name) for name in SIDES), ranking.boosts] == before


def test_each_step_of_the_blend_adds_to_the_one_before() -> None:
    on = [
        {
            name
            for name in ("support", "met", "back", "reading", "boosts", "adapter", "look")
            if getattr(rung, name)
        }
        for rung in RUNGS[2:]
    ]
    assert all(len(b) == len(a) + 1 and a < b for a, b in pairwise(on))


def test_words_alone_ask_no_encoder_and_meaning_alone_no_words(tokens: KnowledgeBase) -> None:
    class Broken(CharacterEncoder):
        broken = True

    searcher = tokens.retriever.searcher
    assert Climber(RUNGS[0], searcher, Broken()).found("流量月包怎么取消", make_filter(), 3)
    assert Climber(RUNGS[1], searcher, Broken()).found("流量月包怎么取消", make_filter(), 3) == []


@pytest.mark.parametrize(
    "question", ["流量月包怎么取消", "20元的流量包怎么退", "宽带慢", "30001122"]
)
def test_the_last_step_is_the_product(tokens: KnowledgeBase, question: str) -> None:
    inside = tokens.retriever
    product = Retriever(inside.searcher, inside.encoder)
    expected = [hit.item_id for hit in product.search(question, make_filter(), 10).hits]
    assert climber(tokens, -1).found(question, make_filter(), 10) == expected


def test_meaning_alone_ranks_by_cosine(tokens: KnowledgeBase) -> None:
    inside, question = tokens.retriever, "流量包退订"
    vector = inside.encoder.encode_queries([inside.understand(question).normalized])[0]
    best = inside.searcher.semantic(np.asarray(vector), make_filter(), 1)[0].passage_id
    assert climber(tokens, 1).found(question, make_filter(), 1) == [best.partition("@")[0]]


def test_without_token_vectors_there_is_no_step_of_late_interaction(tmp_path: Path) -> None:
    base = make_base(tmp_path, [make_item()])
    names = [rung.name for rung in rungs_for(base.retriever.searcher)]
    assert names == [RUNGS[n].name for n in (0, 1, 2, 3, 7)]
    adapted = rungs_for(base.retriever.searcher, adapted=True)
    assert [rung.name for rung in adapted] == [*names, "+ adapter"]
    base.close()


def test_an_adapter_turns_questions_on_the_last_step_alone(tmp_path: Path) -> None:
    items = [make_item(f"biz-{n}", title=title) for n, title in enumerate("甲乙")]
    make_base(tmp_path, items).close()
    searcher, encoder = EmbeddedSearcher.open_current(tmp_path / "index"), HashEncoder()
    away = Adapter(-3.0 * np.eye(encoder.dim, dtype=np.float32), frozenset({"biz-0", "biz-1"}))
    away.write(tmp_path / "fitted", encoder.fingerprint)
    adapted = [
        Climber(rung, searcher, encoder, tmp_path / "fitted").is_adapted
        for rung in rungs_for(searcher, adapted=True)
    ]
    assert adapted == [False] * (len(adapted) - 1) + [True]
    searcher.close()


def test_a_second_look_is_taken_on_the_last_step_alone(tmp_path: Path) -> None:
    items = [make_item(f"biz-{n}", title=title) for n, title in enumerate("甲乙")]
    make_base(tmp_path, items).close()
    searcher, encoder = EmbeddedSearcher.open_current(tmp_path / "index"), TeachableEncoder()
    make_taught("biz-0", "biz-1").write(tmp_path / "fitted", encoder.fingerprint)
    rungs = rungs_for(searcher, adapted=True, looks=True)
    looking = [Climber(rung, searcher, encoder, tmp_path / "fitted").looks for rung in rungs]
    assert looking == [False] * (len(rungs) - 1) + [True]
    assert rungs[-1].name == "+ second look"
    searcher.close()


def test_ways_are_asked_in_turns_and_gains_are_paired() -> None:
    order: list[str] = []
    ways: list[Way[str, None]] = [
        Way(name, lambda q, name=name: order.append(f"{name}{q}"))  # type: ignore[misc]
        for name in "ab"
    ]
    ask(ways, ["1", "2"], quiet)
    assert order == ["a1", "b1", "b2", "a2"]

    values = [{"m": {"1": 0.0, "2": 0.0}}, {"m": {"1": 1.0, "2": 0.0}}]
    first, second = steps(ways, values, {"1": "1", "2": "2"})
    assert (first["gain"], first["ms"]["cpu_added"]) == (None, None)
    assert second["values"]["m"]["value"] == second["gain"]["m"]["delta"]["value"] == 0.5
    assert (second["gain"]["m"]["wins"], second["gain"]["m"]["losses"]) == (1, 0)


def test_near_duplicates_count_once() -> None:
    ways: list[Way[str, None]] = [Way(name, lambda q: None) for name in "ab"]
    ask(ways, ["1", "2", "3"], quiet)
    values = [{"m": {"1": 0.0, "2": 0.0, "3": 0.0}}, {"m": {"1": 1.0, "2": 1.0, "3": 0.0}}]
    last = steps(ways, values, {"1": "g", "2": "g", "3": "h"})[-1]
    assert (last["values"]["m"]["value"], last["gain"]["m"]["groups"]) == (0.5, 2)


def test_the_last_step_of_a_public_set_is_what_eval_beir_says(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "set", dropped="q1\td3\n")
    found = public_ladder(folder, HashEncoder(), tmp_path / "cache", quiet)
    beir = read_beir(folder)
    run = run_beir(beir, HashEncoder(), tmp_path / "work", created_at="2026-11-01T00:00:00")
    metrics = scored(beir, run)["metrics"]
    last = found["steps"][-1]["values"]
    assert {name: value["value"] for name, value in last.items()} == metrics
    assert (found["set"], found["items"], found["questions"]) == ("set", 3, 2)


def test_a_second_run_builds_nothing(tmp_path: Path) -> None:
    folder, built = make_folder(tmp_path / "set"), []
    for _ in range(2):
        built.append(0)

        def report(step: Any) -> None:
            built[-1] += 1

        public_ladder(folder, HashEncoder(), tmp_path / "cache", quiet, report)
    assert built[0] > 0
    assert built[1] == 0


def faq(tmp_path: Path) -> Path:
    rows = [
        faq_line(id="q1", question="亲情网怎么取消", split="dev"),
        faq_line(id="q2", question="取消亲情网", split="dev", group="g"),
        faq_line(id="q3", question="亲情网取消", split="dev", group="g"),
        faq_line(id="q4", question="月球天气", split="dev", expect={"abstain": True}),
        faq_line(id="q5", question="亲情网", split="train"),
    ]
    return write_faqset(tmp_path / "faq.jsonl", rows)


def test_the_ladders_of_a_faq_set_count_what_each_can_judge(tmp_path: Path) -> None:
    base = make_base(tmp_path, [make_item(), make_item("biz-roam", title="国际漫游")])
    opened = ladder_faq.Opened(base.retriever.searcher, HashEncoder())
    faq_set = load(faq(tmp_path))
    ranked = ladder_faq.ranking_ladder(faq_set, opened, quiet)
    facets = ladder_faq.facet_ladder(faq_set, opened, quiet)
    outcomes = ladder_faq.outcome_ladder(faq_set, opened, quiet)
    base.close()

    assert (ranked["questions"], ranked["groups"]) == (4, 3)
    assert set(ranked["steps"][0]["values"]) == {"Hit@1", "Hit@3", "RR@10"}
    assert [step["step"] for step in facets["steps"]] == ["default weights", "fitted weights"]
    # nothing was fitted for this encoder: the defaults are in use, and nothing was learned
    assert facets["steps"][1]["gain"]["right facet"]["delta"]["value"] == 0.0
    assert [step["step"] for step in outcomes["steps"]] == ["by rules"]
    assert outcomes["questions"] == 5


class _Learned(ladder_faq.Opened):
    """With outcomes learned, and read again for the taught model in use."""

    def base(self, *, look: bool = True, **changed: Any) -> KnowledgeBase:
        plain = super().base()
        sure = plain.retriever.constants.calibration
        learned = {
            "outcomes": FeatureModel(dict.fromkeys(Outcome, 0.0), {}),
            "reconsidered": Reconsidered(plain.retriever.taught_digest, sure, sure),
        }
        return super().base(look=look, **(learned | changed))


def test_a_taught_model_adds_steps_to_facets_and_outcomes(tmp_path: Path) -> None:
    make_base(tmp_path, [make_item(), make_item("biz-roam", title="国际漫游")]).close()
    searcher = EmbeddedSearcher.open_current(tmp_path / "index")
    encoder, fitted = TeachableEncoder(), tmp_path / "fitted"
    make_taught("biz-roam", make_item().id).write(fitted, encoder.fingerprint)
    opened, faq_set = _Learned(searcher, encoder, fitted), load(faq(tmp_path))
    facets = ladder_faq.facet_ladder(faq_set, opened, quiet)
    assert [one["step"] for one in facets["steps"]] == [
        *("default weights", "fitted weights", "+ second look")
    ]
    outcomes = ladder_faq.outcome_ladder(faq_set, opened, quiet)
    assert [one["step"] for one in outcomes["steps"]] == [
        *("by rules", "learned", "+ second look", "+ its last word")
    ]
    searcher.close()


def test_tables_name_every_step_and_mark_what_is_beyond_chance(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "set")
    one = public_ladder(folder, HashEncoder(), tmp_path / "cache", quiet)
    one["steps"][1]["gain"]["Success@1"]["verdict"] = "better"
    result = {
        "machine": {"processor": "p", "cores": 2, "load_at_start": [0.5]},
        "encoder": {"name": "hash:"},
        "public": [one],
        "faq": {},
    }
    text = markdown(json.loads(json.dumps(result)))
    assert all(f"| {step['step']} |" in text for step in one["steps"])
    assert "**+0.0 (" in text
    assert [kind for kind, _ in ladders(result)] == ["public"]
    assert [table.row_count for table in terminal(result)] == [len(one["steps"])]


def test_the_table_is_never_written_over_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        ladder.main(["--out", "ladder.md"])
    assert "--out" in capsys.readouterr().err


def test_nothing_to_measure_is_said_before_anything_is_opened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        ladder.main(["--no-faq"])
    assert "nothing to measure" in capsys.readouterr().err
