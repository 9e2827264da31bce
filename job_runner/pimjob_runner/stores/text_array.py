"""A list of texts as one parameter of a statement in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct

_HEAD = Struct("!5i").pack
_LENGTH = Struct("!i").pack
_NULL = _LENGTH(-1)
_TEXT = 25


@dataclass(frozen=True, slots=True)
class TextArray:
    """Texts, and None for NULL, bound as `text[]`; one at least. Other types are cast from it.

    psycopg looks at each element of a list, which takes several times as long.
    """

    values: Sequence[str | None]

    def binary(self) -> bytes:
        """Return the array as PostgreSQL sends and receives it: of one dimension, from 1."""
        parts = [_HEAD(1, None in self.values, _TEXT, len(self.values), 1)]
        for value in self.values:
            if value is None:
                parts.append(_NULL)
            else:
                text = value.encode()
                parts += (_LENGTH(len(text)), text)
        return b"".join(parts)
