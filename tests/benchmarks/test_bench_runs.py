"""The benchmark runs from start to end and says what it promises; times are nobody's business here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.items import PASSAGES_AN_ITEM, held_items
from benchmarks.questions import questions
from corpora.types import SubLibrary
from indexer.passages import passages_of

ROOT = Path(__file__).resolve().parents[2]
TIMED = {"p50", "p95", "p99", "n"}


def test_generated_items_have_eight_passages_each_and_fill_all_libraries():
    held = held_items(300, seed=1)
    assert {len(list(passages_of(one))) for one in held} == {PASSAGES_AN_ITEM}
    assert {one.item.sub_library for one in held} == set(SubLibrary)
    assert len({one.item.title for one in held}) == 300


def test_the_same_seed_gives_the_same_items_and_questions():
    assert held_items(50, seed=3) == held_items(50, seed=3)
    held = held_items(50, seed=3)
    assert questions(held, 40, seed=5) == questions(held, 40, seed=5)
    assert len(set(questions(held, 40, seed=5))) == 40


@pytest.mark.slow
def test_a_small_run_writes_every_part_of_the_result(tmp_path):
    out = tmp_path / "result.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--items", "200", "--no-http", "--out", str(out)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(out.read_text(encoding="utf-8"))
    assert result["passages"] == 200 * PASSAGES_AN_ITEM
    assert {"terms", "lexical", "vectors", "publish", "total"} <= result["build"]["seconds"].keys()
    assert {"lexical", "vectors.npy", "total"} <= result["build"]["disk_mb"].keys()
    assert {"rss_mb", "own_mb", "mapped_mb"} == result["resident"]["after_questions"].keys()
    assert result["recall"]["generated"]["recall@10"] == 1.0
    for timed in result["search"].values():
        assert timed["uncached"].keys() >= TIMED
        assert timed["vectors_known"].keys() >= TIMED
    assert result["answer"]["latency"].keys() >= TIMED
    assert {"machine", "seeds", "encoder", "stages", "passage_encoder"} <= result.keys()
    assert "http" not in result
    assert "p50" in done.stdout
