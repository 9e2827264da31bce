"""Families: which attributes products have, and which of them must be filled."""

from collections.abc import Iterator
from operator import attrgetter

from pimjob_runner.catalogue.entities.entity import (
    Data,
    Dependant,
    Entity,
    Field,
    View,
    labels,
)
from pimjob_runner.catalogue.entities.field_types import CODE, CODES
from pimjob_runner.catalogue.entities.rules import code_rule, unknown
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.structure import FamilyVariant
from pimjob_runner.catalogue.values.types import TYPES


def _attributes(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    known = view.structure.attributes
    yield from unknown("attributes", data.get("attributes"), known, "attribute")


def _label_and_image(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    for field, can_be, what in (
        ("attribute_as_label", attrgetter("can_be_label"), "a text"),
        ("attribute_as_image", attrgetter("can_be_image"), "an image"),
    ):
        code = data.get(field)
        if code is None:
            continue
        attribute = view.structure.attributes.get(code)
        if attribute is None and code in data["attributes"]:
            continue  # it is told of that column
        if attribute is None or code not in data["attributes"] or not can_be(TYPES[attribute.kind]):
            yield Problem(field, code, f"not {what} attribute of the family")


def _requirements(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    own = data["attributes"]
    for channel, required in data.get("requirements", {}).items():
        yield from unknown(f"requirements-{channel}", required, own, "attribute of the family")


def _axes(view: View, data: Data, before: Data | None) -> Iterator[Problem]:
    """Keep what variants are told apart by."""
    if before is None:
        return
    own = set(data["attributes"])
    for name, variant in _variants(view, data["code"]):
        for axis in variant.axes:
            if axis not in own:
                why = f"it is an axis of family variant {name} and must stay in the family"
                yield Problem("attributes", axis, why)


def _completed(view: View, data: Data) -> Data:
    """Every family has the identifier, and requires no attribute that it has lost.

    Requirements that are said are left as they are: what is wrong with them has to be told.
    """
    identifier = view.structure.identifier
    own = list(data.get("attributes", []))
    if identifier is not None and identifier.code not in own:
        own.append(identifier.code)
    found = {**data, "attributes": own}
    before = view.known.get(data["code"], {}).get("requirements", {})
    if requirements := data.get("requirements"):
        found["requirements"] = {
            channel: [c for c in codes if c in own] if codes == before.get(channel) else codes
            for channel, codes in requirements.items()
        }
    return found


def _variants_along(view: View, data: Data, before: Data | None) -> Iterator[Dependant]:
    """Take what the family has lost from its variants; what is unique goes to their last level."""
    own, had = set(data["attributes"]), set((before or {}).get("attributes", ()))
    known = view.structure.attributes
    identifier = view.structure.identifier
    unique = sorted(
        code for code in own - had if known[code].unique and known[code] is not identifier
    )
    if before is None or not (had - own or unique):
        return
    for name, _ in _variants(view, data["code"]):
        variant = view.stored("family_variant", name)
        levels = [
            {**level, "attributes": [c for c in level["attributes"] if c not in had - own]}
            for level in variant["levels"]
        ]
        levels[-1]["attributes"] += [c for c in unique if c not in levels[-1]["attributes"]]
        if levels != variant["levels"]:
            yield Dependant("family_variant", name, {**variant, "levels": levels})


def _variants(view: View, family: str) -> Iterator[tuple[str, FamilyVariant]]:
    for name, variant in view.structure.family_variants.items():
        if variant.family == family:
            yield name, variant


FAMILY = Entity(
    name="family",
    plural="families",
    table="family",
    fields=(
        labels(),
        Field(name="attributes", type=CODES, refers_to="attributes"),
        Field(name="attribute_as_label", type=CODE, refers_to="attributes"),
        Field(name="attribute_as_image", type=CODE, refers_to="attributes"),
        Field(name="requirements", type=CODES, by="channel", refers_to="attributes"),
    ),
    rules=(code_rule(), _attributes, _label_and_image, _requirements, _axes),
    complete=_completed,
    dependants=_variants_along,
)
