"""The shipped knowledge and this code, measured on the sample questions and gated on the baseline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.lint import load_sound
from eval.run import digest_of
from eval.stored import read_run
from tests.cli.commands import Place
from tests.conftest import REPOSITORY, Shipped

FAQ = REPOSITORY / "corpora" / "faq" / "sample.jsonl"
BASELINE = REPOSITORY / "eval" / "results" / "baseline.json"

pytestmark = pytest.mark.slow


def test_the_baseline_was_measured_on_the_questions_that_are_shipped() -> None:
    baseline = read_run(BASELINE)
    assert baseline.setting["digest"] == digest_of(load_sound(FAQ).questions), (
        "题集改过：请用 make eval 重新评测，看过报告后用 var/eval/run.json 换掉基线"
    )


def test_this_code_and_knowledge_pass_the_gate(shipped: Shipped, tmp_path: Path) -> None:
    place = Place(tmp_path)
    out = tmp_path / "run"

    ran = place.zhiku(
        *("eval", "run", str(FAQ), "--out", str(out), "--baseline", str(BASELINE), "--json"),
        **shipped.environment,
    )
    assert ran.status == 0, ran.err
    assert ran.json["overall"]["questions"] == len(load_sound(FAQ).questions)
    assert {path.name for path in out.iterdir()} == {
        *("run.json", "report.html", "junit.xml", "questions.xlsx")
    }

    gated = place.zhiku(
        *("eval", "gate", str(out), "--baseline", str(BASELINE), "--json"), **shipped.environment
    )
    assert gated.status == 0, json.dumps(gated.json, ensure_ascii=False, indent=1)
    assert gated.json["verdict"] in ("pass", "warn")
    assert gated.json["new_fatal"] == []
