"""Where encoders come from in a deployment: the models folder, embedding servers, a device."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from corpora.settings import Settings


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How embedding servers are asked; see docs/encoders.md.

    ``timeout`` is in seconds and holds for a question, ``batch`` counts the texts of one request.
    """

    key: str = field(default="", repr=False)
    timeout: float = 5.0
    batch: int = 32


@dataclass(frozen=True, slots=True)
class ModelsAt:
    """A models folder with what other encoders take to be opened.

    ``wanted`` is the encoder that the deployment names: where it is an embedding server and an
    index was made with the same model at another address, its address counts.
    """

    folder: Path
    server: ServerSettings = ServerSettings()
    wanted: str = ""
    device: str = ""


def models_at(settings: Settings) -> ModelsAt:
    """The encoders of a deployment."""
    return ModelsAt(
        settings.models,
        ServerSettings(
            key=settings.embedding_key,
            timeout=settings.embedding_timeout,
            batch=settings.embedding_batch,
        ),
        wanted=settings.encoder,
        device=settings.encoder_device,
    )


def as_models(models: ModelsAt | Path) -> ModelsAt:
    """A plain folder with the defaults of everything else."""
    return ModelsAt(models) if isinstance(models, Path) else models
