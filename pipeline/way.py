"""Giving way to what is more pressing, in the middle of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

#: Seconds after which to look whether another run should go first, though no decision has moved: a post may
#: have ripened.
_GLIMPSE = 3.0


class Way:
    """Whether another run should go first: asked when decisions have moved, and every few seconds.

    One asks for all connections, which wait for the answer: else they would go on with the less pressing.
    """

    def __init__(self, overtaken: Callable[[], Awaitable[bool]]) -> None:
        self._overtaken = overtaken
        self._asking = asyncio.Lock()
        self._under: object = None
        self._at = -_GLIMPSE

    async def asked(self, standing: object) -> bool:
        async with self._asking:
            if standing is self._under and monotonic() - self._at < _GLIMPSE:
                return False
            self._under, self._at = standing, monotonic()
            return await self._overtaken()
