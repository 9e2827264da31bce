"""Images and files: paths below the folder of the file that names them."""

from typing import Final

from pimjob_runner.catalogue.structure import Attribute
from pimjob_runner.catalogue.values.cells import CellError, to_json
from pimjob_runner.catalogue.values.row_function import ValueReader
from pimjob_runner.catalogue.values.value_type import Reading, ValueType

_LONGEST = 255


def _parse(reading: Reading) -> ValueReader:
    attribute = reading.attribute
    return ValueReader(
        index=reading.columns[None], cell=lambda cell: to_json(_path(cell, attribute))
    )


def _path(cell: str, attribute: Attribute) -> str:
    allowed = attribute.rules.get("allowed_extensions") or ()
    extension = cell.rsplit(".", 1)[-1].lower() if "." in cell else ""
    if allowed and extension not in allowed:
        raise CellError(f"not a file of type {', '.join(allowed)}")
    if ".." in cell.split("/") or cell.startswith("/") or len(cell) > _LONGEST:
        raise CellError("not a path below the folder of the file, of at most 255 characters")
    return cell


def _media(*, can_be_image: bool) -> ValueType:
    return ValueType(
        parse=_parse,
        render=lambda data, _form: str(data),
        schema={"type": "string", "minLength": 1, "maxLength": _LONGEST},
        can_be_image=can_be_image,
    )


IMAGE: Final = _media(can_be_image=True)
FILE: Final = _media(can_be_image=False)
