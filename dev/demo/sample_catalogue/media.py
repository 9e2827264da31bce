"""Small but valid pictures and documents for the image and file attributes."""

import struct
import zlib
from collections.abc import Iterable

from sample_catalogue.products import Entity
from sample_catalogue.structure import Kind

SIDE = 32


def media_files(entities: Iterable[Entity]) -> dict[str, bytes]:
    """Return every file that values name, by its path."""
    paths = {
        str(value.data)
        for entity in entities
        for value in entity.values
        if value.attribute.kind in {Kind.IMAGE, Kind.FILE}
    }
    return {path: _content(path) for path in sorted(paths)}


def _content(path: str) -> bytes:
    return picture(path) if path.endswith(".png") else document(path)


def picture(path: str) -> bytes:
    """Return a square PNG in one colour, which comes from the path."""
    color = struct.pack(">I", zlib.crc32(path.encode()))[:3]
    rows = (b"\x00" + color * SIDE) * SIDE
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    # Stored, not compressed: compressors differ from one zlib to the next.
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum


def document(path: str) -> bytes:
    """Return a PDF of one empty page that bears the path as its title."""
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        f"<< /Title ({path}) >>",
    )
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    entries = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{entries}"
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\n"
    return f"{text}{table}{trailer}startxref\n{len(text)}\n%%EOF\n".encode()
