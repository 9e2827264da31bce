"""One function for a whole row, written for the columns of one file.

Calling a function per cell costs more than what most cells need: a look-up of
what an equal cell was read as. So the row's function is generated, once per file.
Its text is made of numbers only; everything that comes from outside (names,
values, readers) is bound to it as objects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pimjob_runner.catalogue.values.cells import Cached, Reader, Verbatim, json_bytes, to_json

Cells = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ValueReader:
    """Where a value's JSON comes from: one cell and its reader, several, or the whole row."""

    index: int = -1
    cell: Reader | Cached | Verbatim | None = None
    array: Sequence[tuple[int, Cached]] = ()
    """Cells that are the elements of an array, those left out that are empty."""
    row: Callable[[Cells], str] | None = None

    def read(self, cells: Cells) -> str:
        """Read the value alone; empty if its cells are."""
        if self.row is not None:
            return self.row(cells)
        if self.array:
            found = ",".join(filter(None, (read[cells[index]] for index, read in self.array)))
            return f"[{found}]" if found else ""
        cell = cells[self.index]
        if isinstance(self.cell, Cached):
            return self.cell[cell]
        return self.cell(cell) if cell and self.cell else ""


@dataclass(frozen=True)
class AttributeReader:
    """An attribute with its values: (channel, locale, reader), in ascending order."""

    code: str
    values: tuple[tuple[str, str, ValueReader], ...]


def compile_row(attributes: Sequence[AttributeReader]) -> Callable[[Cells], str]:
    """Return a function from a row to the JSON object of its values by attribute.

    It has members in the order of `attributes`, and none where all cells are empty.
    """
    bound: dict[str, Any] = {}
    members = [_member(attribute, bound) for attribute in attributes]
    listed = f"','.join(filter(None, ({''.join(f'{member}, ' for member in members)})))"
    text = f"def row(c):\n    return '{{' + {listed} + '}}'\n"
    exec(compile(text, "<row>", "exec"), bound)  # noqa: S102 - numbers only, see above
    made: Callable[[Cells], str] = bound["row"]
    return made


def _member(attribute: AttributeReader, bound: dict[str, Any]) -> str:
    if len(attribute.values) == 1:
        channel, locale, reader = attribute.values[0]
        prefix = f"{to_json(attribute.code)}:{{{to_json(channel)}:{{{to_json(locale)}:"
        return _single(reader, prefix, bound)
    by_channel: dict[str, list[str]] = {}
    for channel, locale, reader in attribute.values:
        name = f",{to_json(locale)}:"
        by_channel.setdefault(channel, []).append(_single(reader, name, bound, end=""))
    channels = [
        _nest(f",{to_json(channel)}:{{", values, bound) for channel, values in by_channel.items()
    ]
    return _nest(f"{to_json(attribute.code)}:{{", channels, bound)


def _nest(prefix: str, members: Sequence[str], bound: dict[str, Any], end: str = "}") -> str:
    """Put members together. Each is empty or begins with a comma; the first comma goes."""
    name = _bind(prefix, bound)
    local = f"x{len(bound)}"
    return f"({name} + {local}[1:] + {end!r} if ({local} := {' + '.join(members)}) else '')"


def _single(reader: ValueReader, prefix: str, bound: dict[str, Any], end: str = "}}") -> str:
    if isinstance(reader.cell, Cached):
        # The whole member is remembered, not only its value.
        whole = reader.cell.within(prefix, end)
        return f"{_bind(whole, bound)}[c[{reader.index}]]"
    if reader.array:
        elements = [f"{_bind(each.within(',', ''), bound)}[c[{i}]]" for i, each in reader.array]
        return _nest(f"{prefix}[", elements, bound, end=f"]{end}")
    name = _bind(prefix, bound)
    if reader.row is not None:
        read = f"{_bind(reader.row, bound)}(c)"
        return f"({name} + v + {end!r} if (v := {read}) else '')"
    read = f"{_bind(reader.cell, bound)}(w)"
    if isinstance(reader.cell, Verbatim):
        one_line = " and not ('\\n' in w or '\\r' in w)" if reader.cell.one_line else ""
        written = f"{_bind(json_bytes, bound)}(w).decode()"
        read = f"({written} if len(w) <= {reader.cell.longest}{one_line} else {read})"
    return f"({name} + {read} + {end!r} if (w := c[{reader.index}]) else '')"


def _bind(value: Any, bound: dict[str, Any]) -> str:
    name = f"b{len(bound)}"
    bound[name] = value
    return name
