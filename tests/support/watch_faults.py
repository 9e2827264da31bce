"""What can go wrong with the events of one kind on their way to the operator."""

import asyncio
import json
from collections.abc import AsyncIterator

GONE = json.dumps(
    {
        "type": "ERROR",
        "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"},
    }
).encode()


class Channel:
    """The watches of one kind. Used from the proxy's loop only."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.deaf = False
        self.doubled = False
        self.gone = 0
        """How many watches from now on are told that their version is too old."""
        self.refused = False
        """Whether no watch is taken at all."""

    async def pass_on(self, line: bytes) -> AsyncIterator[bytes]:
        """Yield what the operator gets of an event, when it may have it."""
        await self.open.wait()
        if self.deaf:
            return
        yield line
        if self.doubled:
            yield line


async def lines(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Split a stream into lines."""
    pending = b""
    async for block in blocks:
        *complete, pending = (pending + block).split(b"\n")
        for line in complete:
            yield line
