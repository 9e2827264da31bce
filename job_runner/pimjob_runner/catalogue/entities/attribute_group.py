"""Groups of attributes. Which one an attribute is in is stored with the attribute."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pimjob_runner.catalogue.codes import equal, fold
from pimjob_runner.catalogue.defaults import OTHER_ATTRIBUTES
from pimjob_runner.catalogue.entities.entity import Data, Dependant, Entity, Field, View, labels
from pimjob_runner.catalogue.entities.field_types import CODES, INTEGER
from pimjob_runner.catalogue.entities.rules import at_most, code_rule, unknown
from pimjob_runner.catalogue.refusal import Problem

_MOST = 1_000


def _attribute(view: View, code: str) -> Mapping[str, Any]:
    """Return an attribute as it is by now."""
    return view.others.get(("attribute", code)) or view.structure.attributes[code].rules


def _attributes_of(view: View, code: str) -> list[str]:
    group = fold(code)
    return sorted(
        attribute
        for attribute in view.structure.attributes
        if fold(_attribute(view, attribute).get("group") or OTHER_ATTRIBUTES) == group
    )


def _attributes(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    known = view.structure.attributes
    yield from unknown("attributes", data.get("attributes"), known, "attribute")


def _as_stored(view: View, data: Data) -> Data:
    """Attributes come to `other` by leaving their groups only, and have no order."""
    if equal(data.get("code"), OTHER_ATTRIBUTES):
        return {**data, "attributes": _attributes_of(view, OTHER_ATTRIBUTES)}
    return {**data, "attributes": sorted(data.get("attributes", ()))}


def _moved(view: View, data: Data, before: Data | None) -> Iterator[Dependant]:
    """Say it to the attributes that come and go."""
    old, new = (before or {}).get("attributes", ()), data["attributes"]
    for code in sorted(set(old).symmetric_difference(new)):
        group = data["code"] if code in new else OTHER_ATTRIBUTES
        yield Dependant("attribute", code, {**_attribute(view, code), "group": group})


ATTRIBUTE_GROUP: Final = Entity(
    name="attribute_group",
    plural="attribute groups",
    table="attribute_group",
    fields=(
        Field(name="sort_order", type=INTEGER),
        Field(name="attributes", type=CODES, refers_to="attributes", derived=_attributes_of),
        labels(),
    ),
    rules=(code_rule(), at_most(_MOST), _attributes),
    complete=_as_stored,
    dependants=_moved,
)


def new_group(view: View, data: Data) -> Iterator[Dependant]:
    """Create the group that an attribute names, if there is none."""
    group, known = data.get("group"), view.codes("attribute_group")
    if group is not None and group not in known:
        yield Dependant("attribute_group", group, {})
