"""Cutting text to the bounds of the CRDs."""


def clip(text: str, limit: int) -> str:
    """Return `text` in at most `limit` UTF-8 bytes, with `…` where it was cut.

    Bytes, because a status has a budget of bytes. Control characters, which
    JSON would escape to six bytes each, become spaces.
    """
    text = "".join(c if c.isprintable() else " " for c in text)
    raw = text.encode("utf-8", errors="replace")
    if len(raw) <= limit:
        return raw.decode()
    ellipsis = "…".encode()
    return raw[: limit - len(ellipsis)].decode(errors="ignore") + "…"
