"""The columns that products and product models share, compiled for one file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.header import Header, ValueColumn, parse_header
from pimjob_runner.catalogue.header_error import HeaderError
from pimjob_runner.catalogue.ignored_columns import is_ignored
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import Structure, load_options
from pimjob_runner.catalogue.values.cells import CACHE_ENTRIES, Cached, CellError, to_json
from pimjob_runner.catalogue.values.types import TYPES
from pimjob_runner.catalogue.values.value_mapping import ValueMapping, compile_values
from pimjob_runner.formats.records import Cells
from pimjob_runner.jobs.imports.failures import ends_the_job
from pimjob_runner.jobs.imports.header_facts import HeaderFacts
from pimjob_runner.jobs.imports.parameters import ProductParameters
from pimjob_runner.stores.database import Transaction


def product_reserved(structure: Structure, parameters: ProductParameters) -> dict[str, str]:
    """Return the role of each reserved column of a products file, by its name."""
    reserved = {
        "uuid": "uuid",
        "enabled": "enabled",
        "parent": "parent",
        parameters.family_column: "family",
        parameters.categories_column: "categories",
        parameters.groups_column: "groups",
    }
    identifier = structure.identifier
    return reserved if identifier is None else {**reserved, identifier.code: "identifier"}


def model_reserved(_structure: Structure, parameters: ProductParameters) -> dict[str, str]:
    """Return the role of each reserved column of a product models file."""
    return {
        "code": "code",
        "family_variant": "family_variant",
        "parent": "parent",
        parameters.categories_column: "categories",
    }


@ends_the_job()
def check_products_header(columns: Sequence[str], structure: Structure, parameters: Any) -> Header:
    """Parse the header of a products file. Raises JobFailedError."""
    header = parse_header(
        columns,
        reserved=product_reserved(structure, parameters),
        structure=structure,
        ignored=partial(is_ignored, "product"),
    )
    if "identifier" not in header.reserved and "uuid" not in header.reserved:
        name = "uuid" if structure.identifier is None else structure.identifier.code
        raise HeaderError(name, "it is missing, and so is uuid: rows would name no product")
    return header


def products_header_facts(
    columns: Sequence[str], structure: Structure, parameters: Any
) -> HeaderFacts:
    """Return what the validation of a products file wants to know. Raises JobFailedError."""
    header = check_products_header(columns, structure, parameters)
    key = header.reserved.get("identifier", header.reserved.get("uuid", 0))
    return HeaderFacts(header.ignored, (key,))


def models_header_facts(
    columns: Sequence[str], structure: Structure, parameters: Any
) -> HeaderFacts:
    """Return what the validation of a product models file wants to know. Raises JobFailedError."""
    header = check_models_header(columns, structure, parameters)
    return HeaderFacts(header.ignored, (header.reserved["code"],))


@ends_the_job()
def check_models_header(columns: Sequence[str], structure: Structure, parameters: Any) -> Header:
    """Parse the header of a product models file. Raises JobFailedError."""
    header = parse_header(
        columns,
        reserved=model_reserved(structure, parameters),
        structure=structure,
        ignored=partial(is_ignored, "product_model"),
    )
    if "code" not in header.reserved:
        raise HeaderError("code", "it is missing")
    return header


def columns_of_codes(header: Header) -> tuple[int, ...]:
    """Return the columns whose outer spaces mean nothing: all but texts."""
    values = (v.index for v in header.values if not TYPES[v.attribute.kind].is_verbatim)
    return (*header.reserved.values(), *values)


def trimmed(cells: Cells, codes: Iterable[int]) -> Cells:
    """Return a row without the outer spaces of its codes."""
    row = cells.copy()
    for index in codes:
        row[index] = row[index].strip()
    return row


def as_written(
    problems: Iterable[Problem], columns: Sequence[str], cells: Cells
) -> Iterator[Problem]:
    """Yield the problems of a trimmed row with what stands in the file."""
    written = dict(zip(columns, cells, strict=False))
    for problem in problems:
        own = written.get(problem.field, "")
        yield problem._replace(value=own) if own.strip() == problem.value else problem


Options = Mapping[str, Codes[None]]
"""Codes of options, by attribute."""


def options_of(transaction: Transaction, header: Header) -> Options:
    """Read the options of the attributes that a file has columns of."""
    return {
        column.attribute.code: load_options(transaction, column.attribute.code)
        for column in header.values
        if TYPES[column.attribute.kind].is_select
    }


def compile_mapping(
    header: Header, structure: Structure, options: Options, parameters: ProductParameters
) -> ValueMapping:
    """Compile the value columns, the identifier's among them."""
    values = list(header.values)
    identifier = structure.identifier
    if "identifier" in header.reserved and identifier is not None:
        index = header.reserved["identifier"]
        values.append(ValueColumn(index, identifier, None, None, None))
    return compile_values(
        values, header.columns, structure=structure, options=options, form=parameters.form
    )


class OneCode(dict[str, str | None]):
    """From a cell to the code that it names, None for an empty one; remembered."""

    def __init__(self, known: Codes[Any], what: str) -> None:
        super().__init__({"": None})
        self._known = known
        self._what = what

    def __missing__(self, cell: str) -> str:
        code = self._known.spelling(cell) or self._known.spelling(cell.strip())
        if code is None:
            raise CellError(f"there is no {self._what} {cell!r}")
        if len(self) < CACHE_ENTRIES:
            self[cell] = code
        return code


def one_code(known: Codes[Any], what: str) -> OneCode:
    """Return a reader of codes. Raises CellError for unknown ones."""
    return OneCode(known, what)


def code_list(known: Codes[Any], what: str) -> Cached:
    """Return what comma lists of codes are: sorted JSON. Raises CellError for unknown ones."""

    def read(cell: str) -> str:
        return to_json(sorted({spelled(code) for code in map(str.strip, cell.split(",")) if code}))

    def spelled(code: str) -> str:
        found = known.spelling(code)
        if found is None:
            raise CellError(f"there is no {what} {code!r}")
        return found

    return Cached(read, CACHE_ENTRIES, empty="[]")
