"""Models of sentence-transformers keep the contract, and give the vectors of the same model elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.catalog import E5, open_encoder
from indexer.encoders.models_at import ModelsAt
from indexer.encoders.protocol import Encoder, ModelDamaged, ModelUnavailable, SpanEncoder
from tests.conftest import REPOSITORY
from tests.contract.encoder_contract import TEXTS, TokenEncoderContract

MODELS = REPOSITORY / "var" / "models"
CPU = ModelsAt(MODELS, device="cpu")
pytestmark = [
    pytest.mark.st,
    pytest.mark.filterwarnings("default::DeprecationWarning"),  # the libraries' own
    pytest.mark.filterwarnings("default::FutureWarning"),
]


class TestTheFirstLayersOfE5Small(TokenEncoderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, quick_folder: Path) -> Callable[[], Encoder]:
        return lambda: open_encoder(f"st:{quick_folder}", CPU)

    def test_batches_as_on_an_accelerator_change_last_digits_alone(
        self, encoder: Encoder, quick_folder: Path
    ) -> None:
        from sentence_transformers import SentenceTransformer

        from indexer.encoders.st.encoder import StEncoder

        model = SentenceTransformer(str(quick_folder), device="cpu")
        batched = StEncoder("st:batched", model, "query: ", "query: ", batch=32)
        texts = [*TEXTS, "卡", "流量不够用怎么办" * 20] * 3
        cosines = (batched.encode_passages(texts) * encoder.encode_passages(texts)).sum(axis=1)
        assert cosines.min() >= 0.99999


def test_vectors_and_tokens_are_those_of_the_same_model_by_onnx_runtime(e5_folder: Path) -> None:
    mine, known = open_encoder(f"st:{e5_folder}", CPU), open_encoder(E5, MODELS)
    texts = [*TEXTS, "a" * 300, "流量不够用怎么办" * 40]
    cosines = (mine.encode_queries(texts) * known.encode_queries(texts)).sum(axis=1)
    assert cosines.min() >= 0.999
    assert isinstance(mine, SpanEncoder)
    assert isinstance(known, SpanEncoder)
    for text, own, theirs in zip(
        TEXTS, mine.encode_both(TEXTS), known.encode_both(TEXTS), strict=True
    ):
        assert mine.token_spans(text) == known.token_spans(text)
        assert (own.tokens * theirs.tokens).sum(axis=1).min() >= 0.999


def copied(quick_folder: Path, to: Path) -> Path:
    """A copy to be changed; what is not is linked."""
    shutil.copytree(quick_folder, to, copy_function=lambda a, b: Path(b).symlink_to(a))
    return to


def rewritten(path: Path, **values: object) -> None:
    known = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    path.write_text(json.dumps(known | values), encoding="utf-8")


def test_prompts_come_from_the_models_configuration_or_from_the_name(
    quick_folder: Path, tmp_path: Path
) -> None:
    plain = open_encoder(f"st:{quick_folder}", CPU)
    folder = copied(quick_folder, tmp_path / "both")
    rewritten(
        folder / "config_sentence_transformers.json",
        prompts={"query": "query: ", "passage": "passage: "},
    )
    both = open_encoder(f"st:{folder}", CPU)
    named = open_encoder(f"st:{folder}?query=query:%20&passage=query:%20", CPU)
    assert both.encode_queries(TEXTS).tobytes() == plain.encode_queries(TEXTS).tobytes()
    assert not np.allclose(both.encode_passages(TEXTS), plain.encode_passages(TEXTS), atol=1e-3)
    assert named.encode_passages(TEXTS).tobytes() == plain.encode_passages(TEXTS).tobytes()
    # questions that are encoded in another way than passages cannot share their tokens
    assert not isinstance(both, SpanEncoder)
    assert isinstance(named, SpanEncoder)
    assert plain.fingerprint == named.fingerprint
    assert both.fingerprint != plain.fingerprint


def test_one_changed_weight_or_another_pooling_is_another_fingerprint(
    quick_folder: Path, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    plain = open_encoder(f"st:{quick_folder}", CPU)
    changed = copied(quick_folder, tmp_path / "weight")
    tensors = load_file(changed / "model.safetensors")
    tensors["encoder.layer.1.output.dense.bias"][7] += 0.5
    (changed / "model.safetensors").unlink()
    save_file(tensors, changed / "model.safetensors", metadata={"format": "pt"})
    pooled = copied(quick_folder, tmp_path / "pooling")
    pooling = {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}
    rewritten(pooled / "1_Pooling" / "config.json", **pooling)
    prints = {open_encoder(f"st:{one}", CPU).fingerprint for one in (quick_folder, changed, pooled)}
    assert len(prints) == 3
    assert plain.fingerprint in prints


@pytest.mark.parametrize("name", ["st:/no/such/folder", "st:./nothing", "st:bge", "st:a/b/c"])
def test_a_folder_that_is_not_there_is_no_name_of_the_hub(name: str) -> None:
    with pytest.raises(ModelUnavailable, match="没有文件夹"):
        open_encoder(name, CPU)


def test_a_folder_without_a_model_and_a_broken_one_are_told_apart(
    quick_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises((ModelUnavailable, ModelDamaged), match="empty"):
        open_encoder(f"st:{tmp_path / 'empty'}", CPU)
    broken = copied(quick_folder, tmp_path / "broken")
    (broken / "model.safetensors").unlink()
    (broken / "model.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}")
    with pytest.raises(ModelDamaged, match="broken"):
        open_encoder(f"st:{broken}", CPU)


def test_the_example_runs_with_a_folder(quick_folder: Path) -> None:
    texts = ("宽带移机", "流量日包的价格")
    done = subprocess.run(
        [sys.executable, "examples/own_encoder.py", f"st:{quick_folder}", "日包多少钱", *texts],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, *near = done.stdout.splitlines()
    assert first.startswith(f"st:{quick_folder}: 384 numbers, fingerprint ")
    assert sorted(line[6:] for line in near) == sorted(texts)
