"""Both clients behind one fixture, so that each test holds for both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from api.client import AsyncZhikuClient, ZhikuClient


class Ask(Protocol):
    """Makes a client of ``url``, lets ``act`` call one of its methods, and closes it."""

    def __call__(self, url: str, act: Callable[[Any], Any], **options: Any) -> Any: ...


def ask_sync(url: str, act: Callable[[Any], Any], **options: Any) -> Any:
    with ZhikuClient(url, trust_env=False, **options) as zhiku:
        return act(zhiku)


def ask_async(url: str, act: Callable[[Any], Any], **options: Any) -> Any:
    async def run() -> Any:
        async with AsyncZhikuClient(url, trust_env=False, **options) as zhiku:
            return await act(zhiku)

    return asyncio.run(run())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """One client, then the other."""
    made: Ask = request.param
    return made
