"""The two clients. Everything but sending and sleeping is done elsewhere, for both of them alike."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload

import httpx

from api.client import calls, desk_calls, push_calls
from api.client.address import checked_base_url, key_headers
from api.client.calls import Call
from api.client.errors import BadArgument
from api.client.replies import FAILURES, TRACE_HEADER, Outcome, failure, result
from api.client.retries import DEFAULT_RETRIES, Dice, RetryPolicy, Tries

P = ParamSpec("P")
T = TypeVar("T")


class Method(Generic[P, T]):
    """A function that builds a call, as a method of both clients: of the one it returns what is read
    in the reply, of the other that is awaited. Of the classes it is the function itself.
    """

    def __init__(self, build: Callable[P, Call[T]]) -> None:
        self._build = build

    @overload
    def __get__(self, client: None, owner: type) -> Callable[P, Call[T]]: ...
    @overload
    def __get__(self, client: ZhikuClient, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, client: AsyncZhikuClient, owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: ZhikuClient | AsyncZhikuClient | None, owner: type) -> Any:
        if client is None:
            return self._build

        @functools.wraps(self._build)
        def method(*given: P.args, **named: P.kwargs) -> Any:
            return client.perform(self._build(*given, **named))

        return method


class Methods:
    """What can be asked of the service; arguments and results are the same in both clients."""

    search = Method(calls.search)
    answer = Method(calls.answer)
    suggest = Method(calls.suggest)
    follow = Method(calls.follow)
    help = Method(calls.screen_help)
    item = Method(calls.item)
    calculate = Method(calls.calculate)
    ready = Method(calls.ready)
    render = Method(push_calls.render)
    send = Method(push_calls.send)
    send_batch = Method(push_calls.send_batch)
    plan = Method(push_calls.plan)
    report_event = Method(push_calls.report_event)
    message_record = Method(push_calls.message_record)
    lookups = Method(push_calls.lookups)
    consent = Method(push_calls.consent)
    refuse = Method(push_calls.refuse)
    effect = Method(push_calls.effect)
    outbox = Method(push_calls.outbox)
    give_feedback = Method(desk_calls.give_feedback)
    feedback = Method(desk_calls.feedback)
    acknowledge = Method(desk_calls.acknowledge)
    acknowledgements = Method(desk_calls.acknowledgements)
    desk = Method(desk_calls.desk)
    looked_up = Method(desk_calls.looked_up)
    add_favourite = Method(desk_calls.add_favourite)
    remove_favourite = Method(desk_calls.remove_favourite)
    changes = Method(desk_calls.changes)
    catalogue = Method(desk_calls.catalogue)


class _Trying(Generic[T]):
    """One call on its way: what to send next, and what a try's outcome means."""

    def __init__(self, call: Call[T], tries: Tries) -> None:
        self._call = call
        self._tries = tries
        self._trace_id = uuid.uuid4().hex  # the same for all tries, so that logs tell they are one
        self._reply: httpx.Response | None = None

    def request(self) -> dict[str, Any]:
        """The arguments of the next try."""
        call = self._call
        return {
            "method": call.method,
            "url": call.path,
            "params": call.params or None,
            "json": call.body,
            "headers": {TRACE_HEADER: self._trace_id, **call.headers},
            "timeout": self._tries.begin(),
        }

    def pause_after(self, outcome: Outcome) -> float | None:
        """Seconds until the next try; None where there is a result; raises where there is none."""
        error = failure(outcome, self._trace_id, dt.datetime.now(dt.UTC))
        if error is not None:
            return self._tries.pause_after(error)
        assert isinstance(outcome, httpx.Response)
        self._reply = outcome
        return None

    def result(self) -> T:
        """What the good reply says."""
        assert self._reply is not None
        return result(self._call, self._reply, self._trace_id)


class _Settings(Methods):
    """What a client was made with; the key is with httpx alone."""

    def __init__(self, base_url: str, timeout: float, retries: RetryPolicy, dice: Dice) -> None:
        if not 0 < timeout < float("inf"):
            raise BadArgument(f"timeout 应为大于 0 的秒数，现在是 {timeout!r}")
        self._base_url = checked_base_url(base_url)
        self._timeout = timeout
        self._retries = retries
        self._dice = dice

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r})"

    def _options(self, api_key: str, trust_env: bool) -> dict[str, Any]:
        headers = {
            "Accept": "application/json",
            "User-Agent": "zhiku-python",
            **key_headers(api_key),
        }
        return {"base_url": self._base_url, "headers": headers, "trust_env": trust_env}

    def _trying(self, call: Call[T]) -> _Trying[T]:
        tries = Tries(
            self._retries,
            repeatable=call.repeatable,
            timeout=self._timeout,
            clock=time.monotonic,
            dice=self._dice,
        )
        return _Trying(call, tries)


class ZhikuClient(_Settings):
    """The service, one call after another.

    ``timeout`` is how many seconds of silence end one try; ``retries`` says how often and for how
    long a call is tried in all.
    With ``trust_env``, proxies and certificates come from the environment, as httpx reads it.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str = "",
        *,
        timeout: float = 10.0,
        retries: RetryPolicy = DEFAULT_RETRIES,
        trust_env: bool = True,
        transport: httpx.BaseTransport | None = None,
        dice: Dice = random.random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(base_url, timeout, retries, dice)
        self._sleep = sleep
        self._http = httpx.Client(**self._options(api_key, trust_env), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the connections."""
        self._http.close()

    def perform(self, call: Call[T]) -> T:
        """Sends ``call``, again where that may help, and returns what is read in the reply."""
        trying = self._trying(call)
        while (pause := trying.pause_after(self._outcome(trying.request()))) is not None:
            self._sleep(pause)
        return trying.result()

    def _outcome(self, request: dict[str, Any]) -> Outcome:
        try:
            return self._http.request(**request)
        except FAILURES as error:
            return error


class AsyncZhikuClient(_Settings):
    """The service for asyncio: as ``ZhikuClient``, with ``await``."""

    def __init__(
        self,
        base_url: str,
        api_key: str = "",
        *,
        timeout: float = 10.0,
        retries: RetryPolicy = DEFAULT_RETRIES,
        trust_env: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
        dice: Dice = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(base_url, timeout, retries, dice)
        self._sleep = sleep
        self._http = httpx.AsyncClient(**self._options(api_key, trust_env), transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._http.aclose()

    async def perform(self, call: Call[T]) -> T:
        """Sends ``call``, again where that may help, and returns what is read in the reply."""
        trying = self._trying(call)
        while (pause := trying.pause_after(await self._outcome(trying.request()))) is not None:
            await self._sleep(pause)
        return trying.result()

    async def _outcome(self, request: dict[str, Any]) -> Outcome:
        try:
            return await self._http.request(**request)
        except FAILURES as error:
            return error
