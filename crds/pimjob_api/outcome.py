"""The runner's last word, passed through the container's termination message."""

import json
from dataclasses import dataclass

from pimjob_api.names import TERMINATION_MESSAGE_BYTES
from pimjob_api.phases import OutcomeKind

MESSAGE_CHARACTERS = 1024


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an attempt ended.

    `reason` is one CamelCase word (`Completed`, `InvalidHeader`, …), `message` a
    sentence for people of at most 1,024 characters, `processed` the number of
    items committed by all attempts of the job so far.
    """

    kind: OutcomeKind
    reason: str
    message: str = ""
    processed: int = 0

    def to_json(self) -> str:
        """Serialise to at most TERMINATION_MESSAGE_BYTES bytes of ASCII JSON."""
        message = self.message[:MESSAGE_CHARACTERS]
        while True:
            text = json.dumps(
                {
                    "outcome": self.kind.value,
                    "reason": self.reason,
                    "message": message,
                    "processed": self.processed,
                },
                separators=(",", ":"),
            )
            if len(text) <= TERMINATION_MESSAGE_BYTES:
                return text
            # Escaped characters take up to twelve bytes each.
            message = message[: len(message) // 2]


def parse_outcome(text: str) -> Outcome | None:
    """Read a termination message; None where it is not one of ours (a crash, an OOM kill)."""
    try:
        raw = json.loads(text)
        return Outcome(
            kind=OutcomeKind(raw["outcome"]),
            reason=str(raw["reason"]),
            message=str(raw.get("message", "")),
            processed=int(raw.get("processed", 0)),
        )
    except (ValueError, KeyError, TypeError):
        return None
