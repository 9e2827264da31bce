"""How operator, notifier and runner log: a JSON object a line, or lines for a console.

A record about an object says which one: whoever works on it names it once, with `about`, and
what is logged meanwhile, down to the last call, carries it. SIGUSR1 makes a process say more
while it runs, SIGUSR2 as much as before. Only our own loggers do: libraries log whole bodies
when they are asked for details.
"""

import json
import logging
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from pimjob_api.text import without_credentials

FORMATS: Final = ("json", "console")
LEVELS: Final = ("info", "debug", "warning", "error")
OURS: Final = ("pimjob_kube", "pimjob_notifier", "pimjob_operator", "pimjob_runner")

Reference = Mapping[str, str]
"""kind, namespace, name and uid of an object, as far as they are known."""

_about: ContextVar[Reference | None] = ContextVar("about", default=None)


@contextmanager
def about(reference: Reference) -> Iterator[None]:
    """Have what is logged in this block, and by what it awaits, name an object."""
    token = _about.set(reference)
    try:
        yield
    finally:
        _about.reset(token)


def reference_to(kind: str, metadata: Mapping[str, object]) -> Reference:
    """Return the reference to an object."""
    named = {key: str(metadata[key]) for key in ("namespace", "name", "uid") if metadata.get(key)}
    return {"kind": kind, **named}


def configure(log_format: str, level: str, always: Reference | None = None) -> None:
    """Log to standard error. `always`: what all of this process is about, threads included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format == "json" else _Console())
    handler.addFilter(_Subject(always))
    # Libraries say what matters of them at any level of ours.
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    set_level(level)
    signal.signal(signal.SIGUSR1, lambda *_: set_level("debug"))
    signal.signal(signal.SIGUSR2, lambda *_: set_level(level))


def set_level(level: str) -> None:
    """Set how much our own loggers say."""
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())


class _Subject(logging.Filter):
    """Adds to each record the object that it is about."""

    def __init__(self, always: Reference | None) -> None:
        super().__init__()
        self._always = always

    def filter(self, record: logging.LogRecord) -> bool:
        record.about = _about.get() or self._always
        return True


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_credentials(record.getMessage()),
        }
        reference = record.about  # type: ignore[attr-defined] # set by _Subject
        if reference:
            line["object"] = reference
        if record.exc_info:
            line["error"] = without_credentials(self.formatException(record.exc_info))
        return json.dumps(line)


class _Console(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        text = super().formatMessage(record)
        reference = record.about  # type: ignore[attr-defined] # set by _Subject
        if not reference:
            return text
        where = "/".join(reference[key] for key in ("namespace", "name") if key in reference)
        return f"{text} [{reference['kind']} {where}]"

    def format(self, record: logging.LogRecord) -> str:
        return without_credentials(super().format(record))
