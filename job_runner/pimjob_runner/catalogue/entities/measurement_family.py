"""Families of units of measurement."""

from collections.abc import Iterator
from typing import Final

from pimjob_runner.catalogue.codes import equal
from pimjob_runner.catalogue.entities.entity import Data, Entity, Field, View, labels
from pimjob_runner.catalogue.entities.field_types import CODES
from pimjob_runner.catalogue.entities.rules import at_most, code_rule, is_code
from pimjob_runner.catalogue.refusal import Problem

_MOST = 300
_MOST_UNITS = 50


def _units(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    units = data.get("units", ())
    if len(units) > _MOST_UNITS:
        yield Problem("units", ",".join(units), f"at most {_MOST_UNITS} units are allowed")
    for unit in units:
        if not is_code(unit):
            yield Problem("units", unit, "only letters, digits and _ are allowed, at most 100")


def _used(view: View, data: Data, before: Data | None) -> Iterator[Problem]:
    """Keep the units that values of attributes may have, and the standard one."""
    if before is None:
        return
    old, new = before["units"], data.get("units", ())
    gone = [unit for unit in old if unit not in new]
    if not gone and old[0] == new[0]:
        return
    for attribute in view.structure.attributes.values():
        if equal(attribute.rules.get("metric_family"), data["code"]):
            why = f"attribute {attribute.code} uses {data['code']}"
            for unit in gone:
                yield Problem("units", unit, f"{why}: its units stay")
            if not gone:
                yield Problem(
                    "units", new[0], f"{why}: {old[0]} stays the standard unit, the first"
                )
            return


def _spelled(view: View, data: Data) -> Data:
    """Keep the spelling of units that are there, and each once."""
    known = view.structure.measurements.get(data.get("code", ""))
    if known is None or "units" not in data:
        return data
    units = dict.fromkeys(known.spelling(unit) or unit for unit in data["units"])
    return {**data, "units": list(units)}


MEASUREMENT_FAMILY: Final = Entity(
    name="measurement_family",
    plural="measurement families",
    table="measurement_family",
    fields=(Field(name="units", type=CODES, required=True), labels()),
    rules=(code_rule(), at_most(_MOST), _units, _used),
    complete=_spelled,
)
