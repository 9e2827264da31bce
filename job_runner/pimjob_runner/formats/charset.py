"""From bytes to text: UTF-8 only. What else a file seems to be is said, not guessed at."""

import codecs

from pimjob_runner.formats.errors import UnreadableFileError

QUOTED = 40
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REMEDY = 'Save it as UTF-8 (in Excel: "CSV UTF-8") and import it again.'


def decode(raw: bytes, line: int) -> str:
    """Decode whole lines, the first of which is number `line`. Raises UnreadableFileError."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf_8(raw, error.start, line) from error
    if "\0" in text:
        raise _has_nul(line + text.count("\n", 0, text.index("\0")))
    return text


def refuse_utf_16(start: bytes) -> None:
    """Raise UnreadableFileError if a file that starts so is UTF-16."""
    if start.startswith(_UTF_16):
        raise UnreadableFileError(
            "InvalidCharset", f"The file is UTF-16, which Excel calls Unicode text. {_REMEDY}"
        )


def _has_nul(line: int) -> UnreadableFileError:
    return UnreadableFileError(
        "InvalidCharset",
        f"Line {line} has a NUL character: this is no text file, or one in UTF-16. {_REMEDY}",
    )


def _not_utf_8(raw: bytes, at: int, first: int) -> UnreadableFileError:
    line = first + raw.count(b"\n", 0, at)
    start = raw.rfind(b"\n", 0, at) + 1
    end = raw.find(b"\n", at) % (len(raw) + 1)
    seems = _windows_1252(raw[max(start, at - QUOTED) : min(end, at + QUOTED)])
    return UnreadableFileError(
        "InvalidCharset",
        f"Line {line} is not UTF-8 (byte 0x{raw[at]:02x}){seems}. {_REMEDY}",
    )


def _windows_1252(piece: bytes) -> str:
    """Say so if these bytes are text in what western languages write with."""
    try:
        text = piece.decode("cp1252").strip()
    except UnicodeDecodeError:
        return ""
    return f"; it seems to be Windows-1252 or Latin-1: {text!r}" if text.isprintable() else ""
