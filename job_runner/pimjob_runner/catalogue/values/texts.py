"""Texts: of one line, of several, and identifiers."""

import re
from collections.abc import Callable
from typing import Any, Final

from pimjob_runner.catalogue.structure import Attribute
from pimjob_runner.catalogue.values.cells import CellError, Verbatim, to_json
from pimjob_runner.catalogue.values.expressions import compile_expression
from pimjob_runner.catalogue.values.row_function import ValueReader
from pimjob_runner.catalogue.values.value_type import Reading, ValueType

TEXT_LENGTH = 255
TEXTAREA_LENGTH = 65_535
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# Neither has two pieces that could share the same text: time grows with the text only.
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


def _parse(
    reading: Reading, *, longest: int, lines: bool = False, strip: bool = False
) -> ValueReader:
    """Return a reader that remembers nothing: texts repeat too seldom."""
    most = int(reading.attribute.rules.get("max_characters") or 0) or longest
    check, note = _validation(reading.attribute), reading.note

    def read(cell: str) -> str:
        if not lines and ("\n" in cell or "\r" in cell):
            note(cell, "a line break became a space: the attribute has one line")
            cell = _LINE_BREAK.sub(" ", cell)
        if strip:
            cell = cell.strip()
        if len(cell) > most:
            raise CellError(f"{len(cell)} characters; at most {most} are allowed")
        if check is not None:
            check(cell)
        return to_json(cell)

    as_they_are = check is None and not strip
    cell = Verbatim(read, most, one_line=not lines) if as_they_are else read
    return ValueReader(index=reading.columns[None], cell=cell)


def _validation(attribute: Attribute) -> Callable[[str], None] | None:
    rule = attribute.rules.get("validation_rule")
    matches: Callable[[str], object]
    why = f"not a valid {rule}"
    match rule:
        case "url":
            matches = _URL.fullmatch
        case "email":
            matches = _EMAIL.fullmatch
        case "regexp":
            expression = attribute.rules.get("validation_regexp", "")
            matches, why = compile_expression(expression), f"it does not match {expression}"
        case _:
            return None

    def check(cell: str) -> None:
        if not matches(cell):
            raise CellError(why)

    return check


def _render(data: Any, _form: object) -> str:
    return str(data)


def _is_filled(data: Any, _currencies: object) -> bool:
    return bool(data.strip())


def _schema(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


IDENTIFIER: Final = ValueType(
    parse=lambda reading: _parse(reading, longest=TEXT_LENGTH, strip=True),
    render=_render,
    schema=_schema(TEXT_LENGTH),
    is_filled=_is_filled,
    can_be_label=True,
    can_be_unique=True,
)
TEXT: Final = ValueType(
    parse=lambda reading: _parse(reading, longest=TEXT_LENGTH),
    render=_render,
    schema=_schema(TEXT_LENGTH),
    is_filled=_is_filled,
    is_verbatim=True,
    can_be_label=True,
    can_be_unique=True,
    longest=TEXT_LENGTH,
)
TEXTAREA: Final = ValueType(
    parse=lambda reading: _parse(reading, longest=TEXTAREA_LENGTH, lines=True),
    render=_render,
    schema=_schema(TEXTAREA_LENGTH),
    is_filled=_is_filled,
    is_verbatim=True,
    longest=TEXTAREA_LENGTH,
)
