"""Texts for people: cut to the bounds of the CRDs, and without what only few may read."""

import re

# Up to the last @ of a word: passwords that are not encoded may hold one, or a slash.
_CREDENTIALS = re.compile(r"(?<=://)(?:[^\s/:]*:\S*|[^\s/]*)@")


def without_credentials(text: str) -> str:
    """Return `text` with `…@` for user and password of each URL in it.

    Libraries repeat what they were given when they cannot read it.
    """
    return _CREDENTIALS.sub("…@", text)


def clip(text: str, limit: int) -> str:
    """Return `text` in at most `limit` UTF-8 bytes, with `…` where it was cut.

    Bytes, because a status has a budget of bytes. Control characters, which
    JSON would escape to six bytes each, become spaces.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    raw = text.encode("utf-8", errors="replace")
    if len(raw) <= limit:
        return raw.decode()
    ellipsis = "…".encode()
    return raw[: limit - len(ellipsis)].decode(errors="ignore") + "…"
