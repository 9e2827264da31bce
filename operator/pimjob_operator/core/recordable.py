"""What a status can hold of what the cluster shows: others' numbers, images and times. Pure.

Whoever makes an image, mutates a Job or has a clock of his own may show what the CRD refuses or
Python cannot read, and no job is to stay where it is because of that.
"""

import hashlib
import re
from datetime import UTC, datetime

from pimjob_api import bounds

CUT = "..."
"""Stands in no image that can be pulled, so one that was cut is never taken for another."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""Times beyond are these: what is computed from them must be a time, too."""

_DIGITS = 16
# Nobody makes more: a Job with a greater number is none of ours.
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_NAME = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9])?")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]*")
_NOT_OF_IMAGES = re.compile(r"[^A-Za-z0-9_.:/@-]")


def recordable_count(number: int) -> int:
    """Return a number of things: a sum may be more than every JSON reader keeps."""
    return min(max(number, 0), bounds.NUMBER)


def attempt_number(text: str) -> int:
    """Return an attempt's number, as a label or the end of a name has it; 0 if it is none."""
    return int(text) if _NUMBER.fullmatch(text) else 0


def recordable_name(name: str) -> str | None:
    """Return an object's name, None for one that is none of ours: those are shorter."""
    return name if len(name) <= bounds.NAME and _NAME.fullmatch(name) else None


def recordable_image(image: str) -> str:
    """Return an image; one that is too long is cut, and a digest tells it from others."""
    if len(image) <= bounds.IMAGE and _IMAGE.fullmatch(image):
        return image
    digest = hashlib.sha256(image.encode(errors="replace")).hexdigest()[:_DIGITS]
    plain = _NOT_OF_IMAGES.sub("_", image).lstrip("_.:/@-") or "image"
    return f"{plain[: bounds.IMAGE - len(CUT) - _DIGITS]}{CUT}{digest}"


def is_whole(image: str) -> bool:
    """Whether a recorded image can be run: not one that was cut."""
    return CUT not in image


def parse_time(text: str) -> datetime:
    """Parse a time as the API server takes it.

    It takes years and offsets that are none here, and times without an offset.
    """
    try:
        found = datetime.fromisoformat(text)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return min(max(aware.astimezone(UTC), EARLIEST), LATEST)
    except (ValueError, OverflowError):
        return EARLIEST
