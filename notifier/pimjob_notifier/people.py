"""Delivers to people, by e-mail or chat, through Apprise: a process of its own each time.

A library for a hundred services is not bounded in time and memory, and goes where an address
says. A process is: it is killed when its time is over, and connects to what `reach` permits.
See docs/decisions/0082.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pimjob_notifier.errors import DeliveryError
from pimjob_notifier.reach import Reach

MAIL: Final = frozenset({"mailto", "mailtos"})
CHATS: Final = frozenset(
    {
        *("discord", "gchat", "matrix", "matrixs", "mmost", "mmosts", "ntfys", "opsgenie"),
        *("pagerduty", "rocket", "rockets", "slack", "tgram", "workflows", "wxteams", "zulip"),
    }
)
"""Apprise's schemas that may be used: none posts to any URL, writes a file or runs a program."""

PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONSAFEPATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
ANSWER_BYTES = 4096


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is delivered. `url` is Apprise's, and a secret; `to` replaces a mail's receivers."""

    url: str
    to: tuple[str, ...]
    change: str
    title: str
    body: str


async def deliver(letter: Letter, *, schemas: frozenset[str], reach: Reach, seconds: float) -> None:
    """Deliver. Raises DeliveryError."""
    schema = letter.url.partition("://")[0].lower()
    if schema not in schemas:
        raise DeliveryError(
            f"The address in the Secret must begin with one of: {', '.join(sorted(schemas))}."
        )
    answer = await _run(_order(letter, reach), seconds)
    if not answer.get("delivered"):
        raise DeliveryError(str(answer.get("error") or "It was not taken."))


def _order(letter: Letter, reach: Reach) -> bytes:
    order = {
        **vars(letter),
        "allowed": [str(network) for network in reach.allowed],
        "denied": [str(network) for network in reach.denied],
    }
    return json.dumps(order).encode()


async def _run(order: bytes, seconds: float) -> Mapping[str, Any]:
    """Run one process; return what it says. On its standard input: arguments are public."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pimjob_notifier.apprise_process"),
        stdin=PIPE,
        stdout=PIPE,
        # Apprise's log has addresses and secrets in it.
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate(order)
    except TimeoutError:
        raise DeliveryError(f"Not delivered within {seconds:.0f} s.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        answer: Mapping[str, Any] = json.loads(output[:ANSWER_BYTES])
    except ValueError:
        raise DeliveryError("The process that delivers it has crashed.") from None
    return answer
