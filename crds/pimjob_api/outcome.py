"""The runner's last word, passed through the container's termination message."""

import json
from dataclasses import dataclass
from typing import Any

from pimjob_api.bounds import NUMBER, WORD
from pimjob_api.names import TERMINATION_MESSAGE_BYTES
from pimjob_api.phases import OutcomeKind
from pimjob_api.text import without_credentials

MESSAGE_CHARACTERS = 1024


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an attempt ended.

    `reason` is one CamelCase word (`Completed`, `InvalidHeader`, …) of at most 40
    characters, `message` a sentence for people of at most 1,024, `processed` the number
    of items committed by all attempts of the job so far. Longer texts are cut.
    """

    kind: OutcomeKind
    reason: str
    message: str = ""
    processed: int = 0

    def to_json(self) -> str:
        """Serialise to at most TERMINATION_MESSAGE_BYTES bytes of ASCII JSON."""
        message = without_credentials(self.message)[:MESSAGE_CHARACTERS]
        while len(text := self._with(message)) > TERMINATION_MESSAGE_BYTES:
            # An escaped character takes up to twelve bytes. The rest never fills the limit.
            message = message[: len(message) // 2]
        return text

    def _with(self, message: str) -> str:
        last_word = {
            "outcome": self.kind.value,
            "reason": self.reason[:WORD],
            "message": message,
            "processed": self.processed,
        }
        return json.dumps(last_word, separators=(",", ":"))


def parse_outcome(text: str) -> Outcome | None:
    """Read a termination message; None where it is not one of ours (a crash, an OOM kill).

    Whoever makes an image can write anything there, so nothing is taken on trust.
    """
    try:
        raw = json.loads(text)
        return Outcome(
            kind=OutcomeKind(raw["outcome"]),
            reason=str(raw["reason"]),
            message=str(raw.get("message", "")),
            processed=_count(raw.get("processed", 0)),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= NUMBER:
        raise ValueError(f"{value!r} is no number of items")
    return value
