"""Values as people read them. Pure; what comes from a cluster is never trusted."""

import re
import unicodedata
from datetime import datetime

from pimjob_cli.errors import UsageError

NOTHING = "-"
_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(\d+)([wdhms])")
_KILO = 1024


def clean(value: object) -> str:
    """Return a text of one line: a control character could take over a terminal."""
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def clean_line(line: str) -> str:
    """Return a line of a log: what indents it may stay."""
    return "\t".join(map(clean, line.split("\t")))


def width(text: str) -> int:
    """Return how many columns of a terminal it takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """Return it in at most so many columns, with `…` where something is missing."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept + character) >= columns:
            break
        kept += character
    return kept + "…"


def pad(text: str, columns: int) -> str:
    """Return it with blanks behind it."""
    return text + " " * (columns - width(text))


def duration(seconds: float) -> str:
    """Return the two largest units: 1h5m, 1m21s, 40s."""
    rest = max(0, round(seconds))
    parts: list[str] = []
    for unit, size in list(_UNITS.items())[1:]:
        amount, rest = divmod(rest, size)
        if amount or parts:
            parts.append(f"{amount}{unit}" if amount else "")
    return "".join(parts[:2]) or "0s"


def parse_duration(text: str) -> int:
    """Return seconds: 90, 90s, 10m, 1h30m, 2d, 1w. Raises UsageError."""
    if text.isdecimal():
        return int(text)
    found = _DURATION.findall(text)
    if not found or "".join(amount + unit for amount, unit in found) != text:
        raise UsageError(f"{text!r} is no time span; write 30s, 10m, 1h30m, 2d or 1w")
    return sum(int(amount) * _UNITS[unit] for amount, unit in found)


def parse_time(text: str | None) -> datetime | None:
    """Return a time of the API server; None if there is none, or not a right one."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def number(value: int) -> str:
    """Return 4,200."""
    return f"{value:,}"


def size(value: int) -> str:
    """Return bytes: 512 B, 1.4 MiB."""
    amount, unit = float(value), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < _KILO:
            break
        amount, unit = amount / _KILO, larger
    return f"{value} B" if unit == "B" else f"{amount:.1f} {unit}"


def plural(count: int, noun: str) -> str:
    """Return `1 job`, `2 jobs`."""
    return f"{number(count)} {noun}" + ("" if count == 1 else "s")
