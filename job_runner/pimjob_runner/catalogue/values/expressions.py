"""Regular expressions of users: checked in time that grows with the text, never faster.

Python's own `re` backtracks: one expression can keep a runner busy for hours. RE2
cannot, at the price of look-around and back-references, which it refuses.
"""

import re
from collections.abc import Callable

PROGRAM_BYTES = 8 << 20
"""What a compiled expression may take; larger ones are refused."""
_DELIMITED = re.compile(r"([/#~!%@])(.*)\1([imsuxU]*)", re.DOTALL)
_FLAGS = frozenset("ims")
_WITHOUT_EFFECT = frozenset("u")


class ExpressionError(Exception):
    """It is no expression, or none that can be checked in bounded time."""


def compile_expression(text: str) -> Callable[[str], bool]:
    """Return a function that says whether a value has a match.

    Takes expressions as the reference PIM writes them, between delimiters and with
    flags (`/^[A-Z]+$/i`), or bare. Raises ExpressionError.
    """
    # Only runners whose catalogue has such attributes load it.
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - see above; it ships no types

    options = re2.Options()
    options.log_errors = False
    options.max_mem = PROGRAM_BYTES
    try:
        compiled = re2.compile(_bare(text), options)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise ExpressionError(
            f"{why}; look-around and back-references cannot be checked in bounded time"
        ) from error
    return lambda value: compiled.search(value) is not None


def _bare(text: str) -> str:
    delimited = _DELIMITED.fullmatch(text)
    if delimited is None:
        return text
    _, body, flags = delimited.groups()
    if unknown := set(flags) - _FLAGS - _WITHOUT_EFFECT:
        raise ExpressionError(f"flag {min(unknown)!r} is not supported")
    known = "".join(sorted(_FLAGS.intersection(flags)))
    return f"(?{known}){body}" if known else body
