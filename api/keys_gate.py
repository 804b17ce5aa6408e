"""Who may come in while the API serves: keys of the environment, and those of the store.

One process remembers the store's keys for a second at most, and asks again for a key that it does
not know: a revoked key stops within a second in every process, a new one is good at once. While
the store cannot be read, keys that were known go on; for others nobody can tell.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import anyio
import anyio.to_thread

from api.keys import ActiveKeys, Caller, Signer, digest, is_key_id, key_id
from corpora.migrations import StoreError

_REMEMBERED: Final = 1.0  # seconds: how long a revoked key may still be good
_PATIENCE: Final = 2.0  # seconds that a request waits for the store
_PAUSE: Final = 5.0  # seconds until a store that did not answer is asked again
_NO_ANSWER: Final = f"知识库 {_PATIENCE:.0f} 秒内没有回应，不能核对密钥；请稍后再试"
_LOG: Final = logging.getLogger("zhiku.api")


class Keys(Protocol):
    """Where valid keys are read from."""

    def read(self) -> ActiveKeys:
        """The keys that are valid now; ``StoreError`` where that cannot be found out."""

    def close(self) -> None:
        """Lets go of what reading took."""


class Gate:
    """Tells callers by their secrets; for the tasks of one event loop."""

    def __init__(
        self,
        fixed: Sequence[str],
        keys: Keys,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fixed = tuple(Signer.of_environment(key) for key in fixed)
        self._keys = keys
        self._clock = clock
        self._reading = anyio.Lock()
        # threads of its own: those of the routes may all be busy with questions
        self._threads = anyio.CapacityLimiter(2)
        self._known = ActiveKeys()
        self._read_at = -float("inf")
        self._failed_at = -float("inf")
        self._problem = ""

    async def caller(self, offered: Sequence[str]) -> Caller | None:
        """Whose one of the secrets is; ``StoreError`` where only the store could tell, and cannot."""
        signer = await self.signer_of(offered)
        return signer.caller if signer else None

    async def signer_of(self, offered: Sequence[str]) -> Signer | None:
        """The key that has one of the secrets; ``StoreError`` as above."""
        # every key is compared with every offer, in constant time, so that timing tells nothing
        given = [digest(secret) for secret in offered]
        matches = [
            (hmac.compare_digest(one, key.digest), key) for one in given for key in self._fixed
        ]
        if found := [key for same, key in matches if same]:
            return found[0]
        claimed = [secret for secret in offered if key_id(secret)]
        if not claimed:
            return None
        return await self._looked_up(
            lambda known: next((one for each in claimed if (one := known.signer_of(each))), None)
        )

    async def signer(self, identifier: str) -> Signer | None:
        """The key of this id, if it is valid now; ``StoreError`` as above."""
        for key in self._fixed:
            if key.id == identifier:
                return key
        if not is_key_id(identifier):
            return None
        return await self._looked_up(lambda known: known.signer(identifier))

    def close(self) -> None:
        """Lets go of the store."""
        self._keys.close()

    async def _looked_up(self, find: Callable[[ActiveKeys], Signer | None]) -> Signer | None:
        """What is found among keys a second old at most; one that is not, among those of now."""
        arrived = self._clock()
        await self._read_since(arrived - _REMEMBERED)
        if (found := find(self._known)) is not None:
            return found
        await self._read_since(arrived)
        found = find(self._known)
        if found is None and self._problem:
            raise StoreError(self._problem)
        return found

    async def _read_since(self, moment: float) -> None:
        """Reads the keys, unless a reading that began after ``moment`` did, or one just failed."""
        if self._read_at >= moment:
            return
        async with self._reading:  # whoever waits here uses what the one before has read
            begun = self._clock()
            if self._read_at >= moment or begun < self._failed_at + _PAUSE:
                return
            try:
                with anyio.fail_after(_PATIENCE):
                    self._known = await anyio.to_thread.run_sync(
                        self._keys.read, abandon_on_cancel=True, limiter=self._threads
                    )
            except (StoreError, TimeoutError) as error:
                self._problem = str(error) or _NO_ANSWER
                self._failed_at = self._clock()
                _LOG.warning("API keys cannot be read: %s", self._problem)
            else:
                self._read_at, self._problem = begun, ""
