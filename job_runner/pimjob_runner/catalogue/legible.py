"""Identifiers and codes that nobody has meant to write: what is wrong with them, if anything."""

import re
import unicodedata

MARK_OF_ROUNDED = "E+"
"""In what spreadsheets make of a long number."""
_rounded = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,3}").fullmatch


def illegible(code: str) -> str | None:
    """Return a sentence about a code that is not legible, with what to do; None if it is."""
    for number, character in enumerate(code, start=1):
        if not character.isprintable():
            name = unicodedata.name(character, "a control character").lower()
            return (
                f"character {number} is invisible (U+{ord(character):04X}, {name}): type the code"
                " anew instead of pasting it"
            )
    if not _rounded(code):
        return None
    return (
        "a spreadsheet has rounded a long number to this, and its digits are lost: format the"
        " column as text, fill it anew and save the file again"
    )
