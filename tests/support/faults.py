"""What can go wrong with one request to the API server, and when it shall.

A fault stands between operator and server: it is given the call and a way to pass it
on, and returns the answer that the operator gets. A rule says which calls meet it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

_GROUPS = {"api": 2, "apis": 3}


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The plural of what it is about, its subresource included: `pimjobs/status`."""
        parts = self.path.strip("/").split("/")
        parts = parts[_GROUPS.get(parts[0], 0) :]
        parts = parts[2:] if parts[:1] == ["namespaces"] and len(parts) > 2 else parts
        return "/".join([*parts[:1], *parts[2:]])

    @property
    def watches(self) -> bool:
        return self.query.get("watch") in {"true", "1"}

    @property
    def writes(self) -> bool:
        """Whether it changes something in a namespace of a test; a Lease is no such thing."""
        return self.method != "GET" and "/namespaces/" in self.path and self.kind != "leases"


@dataclass(frozen=True)
class Answer:
    """What the operator gets. Without a body: the connection is closed."""

    status: int
    body: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)


Forward = Callable[[], Awaitable[Answer]]
Fault = Callable[[Call, Forward], Awaitable[Answer]]
CLOSED = Answer(0, None)


def refuse(status: int, **headers: str) -> Fault:
    """Answer in the server's place."""
    body = json.dumps({"kind": "Status", "code": status, "message": f"{status} by the test"})

    async def fault(_call: Call, _forward: Forward) -> Answer:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, body.encode(), fields)

    return fault


def lose_answer() -> Fault:
    """Let the server do it, and lose its answer."""

    async def fault(_call: Call, forward: Forward) -> Answer:
        await forward()
        return CLOSED

    return fault


def deny(status: int) -> Fault:
    """Let the server do it, and answer otherwise: it was asked twice on the way."""
    refused = refuse(status)

    async def fault(call: Call, forward: Forward) -> Answer:
        await forward()
        return await refused(call, forward)

    return fault


def never_answer() -> Fault:
    """Accept, and leave it at that."""

    async def fault(_call: Call, _forward: Forward) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    return fault


def die(kill: Callable[[], None], *, sent: bool) -> Fault:
    """End the operator before the server gets the call, or after it has done it."""

    async def fault(_call: Call, forward: Forward) -> Answer:
        answer = await forward() if sent else CLOSED
        if answer.status < 300:
            kill()
            return CLOSED
        # Refused: the second try of an operator whose predecessor died here.
        return answer

    return fault


def remember(answers: dict[tuple[str, str], Answer]) -> Fault:
    """Pass reads on, and keep what the server says."""

    async def fault(call: Call, forward: Forward) -> Answer:
        answer = await forward()
        if answer.status == 200:
            answers[_question(call)] = answer
        return answer

    return fault


def repeat(answers: Mapping[tuple[str, str], Answer]) -> Fault:
    """Answer reads with what was said before, where there is something."""

    async def fault(call: Call, forward: Forward) -> Answer:
        return answers.get(_question(call)) or await forward()

    return fault


def _question(call: Call) -> tuple[str, str]:
    return call.path, json.dumps(dict(call.query), sort_keys=True)


@dataclass
class Rule:
    """A fault, and the calls that meet it: of those that match the nth, n + every, and so on."""

    fault: Fault
    matches: Callable[[Call], bool]
    nth: int = 1
    every: int = 0
    times: float = float("inf")
    seen: int = 0
    met: int = 0

    def meets(self, call: Call) -> bool:
        """Whether this call meets the fault. Counts it."""
        if not self.matches(call) or self.met >= self.times:
            return False
        self.seen += 1
        late = self.seen - self.nth
        met = late == 0 or (late > 0 and self.every > 0 and late % self.every == 0)
        self.met += met
        return met
