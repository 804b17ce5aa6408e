"""A policy from a YAML file: what it does not say keeps its default."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from api.push.policy import Blackout, Cap, Hours, Per, Policy, PolicyError, Waves
from corpora.push_template import Purpose
from corpora.types import CorporaError


class PolicyUnusable(CorporaError):
    """The file of the policy cannot be used; the message names the file and the field."""


def _hours(value: object) -> object:
    """``08:00-22:00``, or ``always``."""
    if value == "always":
        return None
    if not isinstance(value, str) or value.count("-") != 1:
        raise ValueError("应写成 08:00-22:00，或 always")
    try:
        opens, closes = (dt.time.fromisoformat(part.strip()) for part in value.split("-"))
        return Hours(opens, closes)
    except ValueError as error:
        raise ValueError("应写成 08:00-22:00，开始早于结束") from error


def _day(value: object) -> object:
    """``06-07``."""
    try:
        month, day = str(value).split("-")
        return int(month), int(day)
    except ValueError as error:
        raise ValueError("应写成月-日，例如 '06-07'（加引号）") from error


_Day = Annotated[tuple[int, int], BeforeValidator(_day)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class _Cap(_Part):
    purpose: Purpose
    per: Per
    most: int = Field(ge=0)
    days: int = Field(ge=1)


class _Waves(_Part):
    most: int = Field(ge=1)
    gap_days: int = Field(ge=0)


class _Blackout(_Part):
    name: str
    first: _Day
    last: _Day


class _File(_Part):
    hours: dict[Purpose, Annotated[Hours | None, BeforeValidator(_hours)]] = Field(
        default_factory=dict
    )
    caps: list[_Cap] | None = None
    waves: _Waves | None = None
    blackouts: list[_Blackout] | None = None
    ports: dict[Purpose, str] = Field(default_factory=dict)
    lifetime_hours: dict[Purpose, Annotated[float, Field(gt=0, le=240)]] = Field(
        default_factory=dict
    )
    order_window_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    order_within_days: Annotated[int, Field(ge=1, le=90)] | None = None
    tries: Annotated[int, Field(ge=1, le=50)] | None = None
    call_within_hours: Annotated[int, Field(ge=1, le=720)] | None = None


def policy_from(file: Path | None) -> Policy:
    """The policy of a file, or the defaults without one."""
    if file is None:
        return Policy()
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise PolicyUnusable(f"推送规则文件 {file} 读不了：{error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyUnusable(f"推送规则文件 {file} 不是 YAML：{error}") from error
    if not isinstance(said, Mapping):
        raise PolicyUnusable(f"推送规则文件 {file} 应是一组“名称: 值”")
    try:
        return _policy(_File.model_validate(said))
    except ValidationError as error:
        told = "；".join(
            f"{'.'.join(map(str, one['loc']))}：{one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        )
        raise PolicyUnusable(f"推送规则文件 {file} 有误：{told}") from error
    except PolicyError as error:
        raise PolicyUnusable(f"推送规则文件 {file} 有误：{error}") from error


def _policy(said: _File) -> Policy:
    usual = Policy()
    hours = dict(usual.hours)
    for purpose, one in said.hours.items():
        hours.pop(purpose, None)
        if one is not None:
            hours[purpose] = one
    changes: dict[str, Any] = {
        "hours": hours,
        "ports": {**usual.ports, **said.ports},
        "lifetime": {
            **usual.lifetime,
            **{
                purpose: dt.timedelta(hours=count) for purpose, count in said.lifetime_hours.items()
            },
        },
    }
    if said.caps is not None:
        changes["caps"] = tuple(Cap(one.purpose, one.per, one.most, one.days) for one in said.caps)
    if said.waves is not None:
        changes["waves"] = Waves(said.waves.most, said.waves.gap_days)
    if said.blackouts is not None:
        changes["blackouts"] = tuple(
            Blackout(one.name, one.first, one.last) for one in said.blackouts
        )
    if said.order_window_minutes is not None:
        changes["order_window"] = dt.timedelta(minutes=said.order_window_minutes)
    if said.order_within_days is not None:
        changes["order_within"] = dt.timedelta(days=said.order_within_days)
    if said.tries is not None:
        changes["tries"] = said.tries
    if said.call_within_hours is not None:
        changes["call_within"] = dt.timedelta(hours=said.call_within_hours)
    return Policy(**changes)
