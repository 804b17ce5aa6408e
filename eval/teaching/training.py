"""The training: an encoder's layers learn to read questions beside facets. The only door to ``torch`` and
``transformers``.

A question and a facet meet token by token (Khattab & Zaharia 2020, ColBERT) and by the cosine of their
first states. Over the facets of a batch that gives a distribution in which "nothing answers this", read from
the question alone, is one more choice; what is taught is the logarithm of the right share of it. That choice is
only there to teach: without it a question that nothing answers would teach nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import BertConfig, BertModel

from eval.errors import TeachError
from eval.run import Progress
from eval.teaching.batches import Batch, batches, padded
from eval.teaching.graph import EMBEDDINGS, BertGraph, BertSizes
from eval.teaching.lessons import FacetLesson

_TOKEN_DIM: Final = 128
_MET: Final = 20.0
_COSINE: Final = 10.0
_FACET_SHARE: Final = 0.7
"""What the right facet counts in the loss; the rest counts the facets of its item together."""
_NEW_FASTER: Final = 5.0  # what the encoder lacks learns so much faster than its layers
_DECAY: Final = 0.01
_LONGEST_STEP: Final = 1.0  # norm of the gradient
_WARM_UP: Final = 0.04  # of all steps
_SLOWEST: Final = 0.01  # of the learning rate
_IMPOSSIBLE: Final = -1e4


@dataclass(frozen=True, slots=True)
class TeachingSettings:
    """How it is trained: passes over the lessons, the layers' highest learning rate, lessons of a step; and
    where. ``threads`` are a processor's.
    """

    epochs: float = 3.0
    learning_rate: float = 1e-4
    batch: int = 32
    seed: int = 1
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        if self.epochs <= 0.0 or self.learning_rate <= 0.0 or self.batch < 2 or self.threads < 1:
            raise ValueError(f"{self}")


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What ``Taught`` is made of, with the loss of each step."""

    values: dict[str, NDArray[Any]]
    projection: NDArray[np.float32]
    met: float
    cosine: float
    nothing: NDArray[np.float32]
    nothing_bias: float
    losses: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """The encoder and what it lacks: a projection of its tokens, the weights of what is compared (``met``,
    ``cosine``), and what reads from a question's first state that nothing answers it.
    """

    encoder: Any
    projection: Any
    weights: Any
    none: Any

    def to(self, device: str) -> _Model:
        return _Model(*(getattr(self, one.name).to(device) for one in fields(self)))

    def layers(self) -> list[Any]:
        """What of the encoder is trained: embeddings are left alone, most words are in no lesson."""
        return [one for one in self.encoder.parameters() if one.requires_grad]

    def new(self) -> list[Any]:
        return [
            one for part in (self.projection, self.weights, self.none) for one in part.parameters()
        ]

    def scores(self, batch: Batch, framed: Callable[[Sequence[int]], list[int]]) -> Any:
        """Of each question (a row) the scores of all facets, and of none of them in the last column."""
        asked, asked_mask = self._padded(batch.asked, framed)
        facets, facets_mask = self._padded(batch.facets, framed)
        tokens, vectors, first = self._read(asked, asked_mask)
        facet_tokens, facet_vectors, _ = self._read(facets, facets_mask)
        cosines = torch.einsum("qid,njd->qnij", tokens, facet_tokens)
        cosines = cosines.masked_fill(~facets_mask[None, :, None, :].bool(), -1.0)
        best = cosines.amax(-1).float()
        mask = asked_mask[:, None, :].float()
        met = (best * mask).sum(-1) / mask.sum(-1)
        scores = self.weights["met"] * met
        scores = scores + self.weights["cosine"] * (vectors @ facet_vectors.T)
        return torch.cat([scores, self.none(first)], dim=1)

    def _padded(
        self, rows: Sequence[Sequence[int]], framed: Callable[[Sequence[int]], list[int]]
    ) -> Iterator[Any]:
        device = self.projection.weight.device
        return (torch.from_numpy(one).to(device) for one in padded([framed(row) for row in rows]))

    def _read(self, tokens: Any, mask: Any) -> tuple[Any, Any, Any]:
        """Tokens as they meet, first states of length one, and first states as they are."""
        states = self.encoder(input_ids=tokens, attention_mask=mask).last_hidden_state
        met = functional.normalize(self.projection(states).float(), dim=-1)
        first = states[:, 0].float()
        return met, functional.normalize(first, dim=-1), first


def trained(
    lessons: Sequence[FacetLesson],
    graph: BertGraph,
    framed: Callable[[Sequence[int]], list[int]],
    settings: TeachingSettings | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Trains a graph's layers; ``framed`` puts the model's special tokens around others.

    On a processor the same lessons, seed and threads give the same weights, to the last bit.
    """
    how = settings or TeachingSettings()
    if not any(lesson.answered for lesson in lessons):
        raise TeachError("没有一道题的正确条目在当日生效、提问的人又能看，没有可学的")
    _require_device(how.device)
    torch.set_num_threads(how.threads)
    torch.manual_seed(how.seed)
    model = _model_of(graph).to(how.device)
    optimizer = torch.optim.AdamW(
        [
            {"params": model.layers(), "lr": how.learning_rate},
            {"params": model.new(), "lr": how.learning_rate * _NEW_FASTER},
        ],
        weight_decay=_DECAY,
    )
    highest = [group["lr"] for group in optimizer.param_groups]
    steps = max(1, round(how.epochs * len(lessons) / min(how.batch, len(lessons))))
    losses: list[Any] = []
    model.encoder.train()
    for done, batch in zip(range(steps), batches(lessons, how.batch, how.seed), strict=False):
        for group, rate in zip(optimizer.param_groups, highest, strict=True):
            group["lr"] = rate * _pace(done / steps)
        with _faster_on(how.device):
            loss = _loss(model.scores(batch, framed), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*model.layers(), *model.new()], _LONGEST_STEP)
        optimizer.step()
        losses.append(loss.detach())
        if progress:
            progress(done + 1, steps)
    return _kept(model, graph, torch.stack(losses).tolist())


def _pace(gone: float) -> float:
    """The share of the learning rate after a share of the steps: up quickly, then down evenly."""
    return min(1.0, gone / _WARM_UP + _SLOWEST) * max(_SLOWEST, 1.0 - gone)


def _loss(scores: Any, batch: Batch) -> Any:
    """The mean over the questions of −ln of what the right choice gets of all, as ``_FACET_SHARE`` says."""
    device = scores.device
    hidden, item_right, facet_right, unanswered = (
        torch.from_numpy(one).to(device)
        for one in (batch.hidden, batch.item_right, batch.facet_right, batch.unanswered)
    )
    scores = torch.cat([scores[:, :-1].masked_fill(hidden, _IMPOSSIBLE), scores[:, -1:]], dim=1)
    logs = functional.log_softmax(scores, dim=1)
    of_item, of_facet = (
        torch.logsumexp(logs[:, :-1].masked_fill(~right, _IMPOSSIBLE), dim=1)
        for right in (item_right, facet_right)
    )
    answered = -(1.0 - _FACET_SHARE) * of_item - _FACET_SHARE * of_facet
    return torch.where(unanswered, -logs[:, -1], answered).mean()


def _model_of(graph: BertGraph) -> _Model:
    encoder = BertModel(_config(graph.sizes), add_pooling_layer=False)
    own = {name: torch.from_numpy(np.array(one)) for name, one in graph.weights.items()}
    encoder.load_state_dict(own)
    for name, parameter in encoder.named_parameters():
        parameter.requires_grad_(not name.startswith(EMBEDDINGS))
    projection = torch.nn.Linear(graph.sizes.hidden, _TOKEN_DIM, bias=False)
    torch.nn.init.orthogonal_(projection.weight)
    none = torch.nn.Linear(graph.sizes.hidden, 1)
    start = {"met": _MET, "cosine": _COSINE}
    weights = {name: torch.nn.Parameter(torch.tensor(one)) for name, one in start.items()}
    return _Model(encoder, projection, torch.nn.ParameterDict(weights), none)


def _config(sizes: BertSizes) -> Any:
    return BertConfig(
        vocab_size=sizes.rows,
        hidden_size=sizes.hidden,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.inner,
        max_position_embeddings=sizes.positions,
        type_vocab_size=sizes.types,
        layer_norm_eps=sizes.epsilon,
        attn_implementation="sdpa",
    )


def _require_device(device: str) -> None:
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:  # the latter where torch has no CUDA at all
        reason = str(error).partition("\n")[0]
        raise TeachError(
            f"用不了设备 {device}（{reason}）；可以用 --device cpu，会慢很多"
        ) from error


def _faster_on(device: str) -> Any:
    """Half the bits where that is faster; a processor keeps them all."""
    kind = torch.device(device).type
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=kind == "cuda")


def _kept(model: _Model, graph: BertGraph, losses: Sequence[float]) -> Trained:
    def array(one: Any) -> NDArray[np.float32]:
        return np.asarray(one.detach().float().cpu().numpy(), dtype=np.float32)

    weights = {name: array(one) for name, one in model.encoder.state_dict().items()}
    return Trained(
        values=graph.values(weights),
        projection=array(model.projection.weight),
        met=float(array(model.weights["met"])),
        cosine=float(array(model.weights["cosine"])),
        nothing=array(model.none.weight)[0],
        nothing_bias=float(array(model.none.bias)[0]),
        losses=tuple(losses),
    )
