"""What a kind of attribute is, declared once: for cells both ways, schemas, rules."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.structure import Attribute
from pimjob_runner.catalogue.values.cells import Cached, CellFormat, Note, to_json
from pimjob_runner.catalogue.values.row_function import ValueReader

UNIT: Final = "unit"
"""The component of a measurement that has a column of its own."""

Components = Literal["currency", "unit"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The columns that one value is read from, and what their cells are checked against."""

    attribute: Attribute
    columns: Mapping[str | None, int] = field(default_factory=lambda: {None: 0})
    """Where they are in a row, by their component: a currency, `unit`, or None."""
    form: CellFormat = field(default_factory=CellFormat)
    entries: int = 0
    """How many cells each column may remember."""
    note: Note = lambda _cell, _reason: None
    options: Codes[None] = field(default_factory=Codes)
    """Of a select attribute."""
    units: Codes[None] = field(default_factory=Codes)
    """Of a measurement's family."""
    currencies: Codes[None] = field(default_factory=Codes)
    """Those that are active in a channel."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ValueType:
    """A kind of attribute. `data` is one value as it is stored, decoded from JSON."""

    parse: Callable[[Reading], ValueReader]
    """Makes what reads a value from a row, as canonical JSON. That raises CellError."""
    render: Callable[[Any, CellFormat], str]
    """From data to one cell: parsed again it is the same."""
    schema: Mapping[str, Any]
    """JSON Schema of data."""
    components: Components | None = None
    """What an additional column may hold, or, of prices, each of several."""
    split: Callable[[Any, CellFormat], dict[str | None, str]] | None = None
    """With `components`: from data to a cell for each of its columns, by component."""
    is_filled: Callable[[Any, AbstractSet[str]], bool] = lambda _data, _currencies: True
    """Whether a value is complete, in a channel with these currencies."""
    is_select: bool = False
    """Whether values are codes of the attribute's options."""
    is_verbatim: bool = False
    """Whether outer spaces of a cell belong to the value."""
    can_be_axis: bool = False
    can_be_image: bool = False
    can_be_label: bool = False
    can_be_unique: bool = False
    longest: int | None = None
    """Characters that can be stored, where an attribute may allow fewer."""


def one_cell(convert: Callable[[str, Reading], Any]) -> Callable[[Reading], ValueReader]:
    """Return a parser of one column, whose cells repeat and are remembered.

    `convert` returns the data of a cell; a list of nothing is as good as an empty cell.
    """

    def parse(reading: Reading) -> ValueReader:
        def read(cell: str) -> str:
            data = convert(cell, reading)
            return "" if data == [] else to_json(data)

        return ValueReader(index=reading.columns[None], cell=Cached(read, reading.entries))

    return parse
