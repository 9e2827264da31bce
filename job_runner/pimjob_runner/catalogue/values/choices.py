"""Values that are chosen: yes or no, one option, several options."""

from typing import Any, Final

from pimjob_runner.catalogue.values.cells import CellError
from pimjob_runner.catalogue.values.value_type import Reading, ValueType, one_cell


def _boolean(cell: str, _reading: Reading) -> bool:
    if cell not in {"0", "1"}:
        raise CellError("not yes or no; write 1 or 0")
    return cell == "1"


def _option(cell: str, reading: Reading) -> str:
    code = reading.options.spelling(cell.strip())
    if code is None:
        raise CellError(f"attribute {reading.attribute.code} has no option {cell!r}")
    return code


def _options(cell: str, reading: Reading) -> list[str]:
    """Return codes in one order: a set that is written in another is the same."""
    codes = filter(None, map(str.strip, cell.split(",")))
    return sorted({_option(code, reading) for code in codes})


def _yes_or_no(data: Any, _form: object) -> str:
    return "1" if data else "0"


BOOLEAN: Final = ValueType(
    parse=one_cell(_boolean), render=_yes_or_no, schema={"type": "boolean"}, can_be_axis=True
)
ONE_OPTION: Final = ValueType(
    parse=one_cell(_option),
    render=lambda data, _form: str(data),
    schema={"type": "string", "minLength": 1},
    is_select=True,
    can_be_axis=True,
)
SEVERAL_OPTIONS: Final = ValueType(
    parse=one_cell(_options),
    render=lambda data, _form: ",".join(data),
    schema={
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
        "uniqueItems": True,
    },
    is_select=True,
)
