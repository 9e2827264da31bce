"""One function for a whole row, written for the columns of one file.

Calling a function per cell costs more than what most cells need: a look-up of
what an equal cell was read as. So the row's function is generated, once per file.
Its text is made of numbers only; everything that comes from outside (names,
values, readers) is bound to it as objects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pimjob_runner.catalogue.cells import Cached, Reader, to_json

Cells = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a value's JSON comes from: one cell and its reader, or the whole row."""

    index: int = -1
    cell: Reader | Cached | None = None
    row: Callable[[Cells], str] | None = None

    def read(self, cells: Cells) -> str:
        """Read the value alone; empty if its cells are."""
        if self.row is not None:
            return self.row(cells)
        cell = cells[self.index]
        if isinstance(self.cell, Cached):
            return self.cell[cell]
        return self.cell(cell) if cell and self.cell else ""


@dataclass(frozen=True)
class AttributeSource:
    """An attribute with its values: (channel, locale, source), in ascending order."""

    code: str
    values: tuple[tuple[str, str, Source], ...]


def compile_row(attributes: Sequence[AttributeSource]) -> Callable[[Cells], list[str]]:
    """Return a function from a row to one part per attribute."""
    bound: dict[str, Any] = {}
    parts = [_part(attribute, bound) for attribute in attributes]
    text = f"def row(c):\n    return [{', '.join(parts)}]\n"
    exec(compile(text, "<row>", "exec"), bound)  # noqa: S102 - numbers only, see above
    made: Callable[[Cells], list[str]] = bound["row"]
    return made


def _part(attribute: AttributeSource, bound: dict[str, Any]) -> str:
    if len(attribute.values) == 1:
        channel, locale, source = attribute.values[0]
        prefix = f"{to_json(attribute.code)}:{{{to_json(channel)}:{{{to_json(locale)}:"
        return _single(source, prefix, bound)
    values = ", ".join(_value(source, bound) for _, _, source in attribute.values)
    join = _bind(_join(attribute), bound)
    return f"{join}(({values}))"


def _single(source: Source, prefix: str, bound: dict[str, Any]) -> str:
    if isinstance(source.cell, Cached):
        # The whole part is remembered, not only its value.
        whole = Cached(lambda cell, read=source.cell: f"{prefix}{read[cell]}}}}}")  # type: ignore[misc] # a default, bound now
        return f"{_bind(whole, bound)}[c[{source.index}]]"
    name = _bind(prefix, bound)
    return f"({name} + v + '}}}}' if (v := {_value(source, bound)}) else '')"


def _value(source: Source, bound: dict[str, Any]) -> str:
    if source.row is not None:
        return f"{_bind(source.row, bound)}(c)"
    name = _bind(source.cell, bound)
    if isinstance(source.cell, Cached):
        return f"{name}[c[{source.index}]]"
    return f"({name}(w) if (w := c[{source.index}]) else '')"


def _bind(value: Any, bound: dict[str, Any]) -> str:
    name = f"b{len(bound)}"
    bound[name] = value
    return name


def _join(attribute: AttributeSource) -> Callable[[Sequence[str]], str]:
    """Return a function that puts the values of several channels and locales together."""
    prefix = f"{to_json(attribute.code)}:{{"
    channels = [channel for channel, _, _ in attribute.values]
    names = [f"{to_json(locale)}:" for _, locale, _ in attribute.values]
    if len(set(channels)) == 1:
        inner = f"{prefix}{to_json(channels[0])}:{{"

        def join_locales(values: Sequence[str]) -> str:
            found = [name + v for name, v in zip(names, values, strict=True) if v]
            return f"{inner}{','.join(found)}}}}}" if found else ""

        return join_locales

    def join(values: Sequence[str]) -> str:
        found: dict[str, list[str]] = {}
        for channel, name, value in zip(channels, names, values, strict=True):
            if value:
                found.setdefault(channel, []).append(name + value)
        inner = [f"{to_json(channel)}:{{{','.join(own)}}}" for channel, own in found.items()]
        return f"{prefix}{','.join(inner)}}}" if inner else ""

    return join
