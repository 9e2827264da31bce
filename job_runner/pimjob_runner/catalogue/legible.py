"""Identifiers and codes that nobody has meant to write: what is wrong with them, if anything."""

import re
import unicodedata

_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d{2,3}")


def is_legible(code: str) -> bool:
    """Say whether all characters can be seen, and it is no number that Excel has rounded."""
    return code.isprintable() and not ("E+" in code and _ROUNDED.fullmatch(code))


def illegible(code: str) -> str | None:
    """Return a sentence about a code that is not legible, with what to do; None if it is."""
    for number, character in enumerate(code, start=1):
        if not character.isprintable():
            name = unicodedata.name(character, "a control character").lower()
            return (
                f"character {number} is invisible (U+{ord(character):04X}, {name}): type the code"
                " anew instead of pasting it"
            )
    if is_legible(code):
        return None
    return (
        "a spreadsheet has rounded a long number to this, and its digits are lost: format the"
        " column as text, fill it anew and save the file again"
    )
