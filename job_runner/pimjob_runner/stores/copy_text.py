"""Rows as PostgreSQL's COPY takes them: lines of texts with tabs between them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

_NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as text for `COPY … FROM STDIN`.

    Column by column: psycopg looks at each value for itself, which takes several times as long.
    """
    columns = map(_column, zip(*rows, strict=True))
    return "".join(f"{line}\n" for line in map("\t".join, zip(*columns, strict=True)))


def _column(values: Sequence[Any]) -> Iterable[str]:
    texts = [_NULL if value is None else str(value) for value in values]
    if not _has_special("\x1f".join(texts)):
        return texts
    return [
        _NULL if value is None else text.translate(_ESCAPES) if _has_special(text) else text
        for value, text in zip(values, texts, strict=True)
    ]


def _has_special(text: str) -> bool:
    return "\\" in text or "\n" in text or "\t" in text or "\r" in text
