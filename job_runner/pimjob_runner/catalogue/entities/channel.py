"""Channels, and the locales and currencies that they make active."""

import re
from collections.abc import Iterator
from typing import Final

from pimjob_runner.catalogue.codes import fold
from pimjob_runner.catalogue.entities.entity import Data, Entity, Field, View, labels
from pimjob_runner.catalogue.entities.field_types import CODE, CODES, FLAG, PAIRS
from pimjob_runner.catalogue.entities.rules import code_rule, unknown
from pimjob_runner.catalogue.locale_codes import is_locale
from pimjob_runner.catalogue.refusal import Problem

_CURRENCY = re.compile(r"[A-Za-z]{2,10}")


def _has_letter(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    if not any(character.isalpha() for character in data["code"]):
        yield Problem("code", data["code"], "it needs a letter")


def _tree(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    tree = data.get("tree")
    if tree is None:
        return
    if tree not in view.codes("category"):
        yield Problem("tree", tree, f"there is no category {tree!r}")
    elif view.stored("category", tree).get("parent") is not None:
        yield Problem("tree", tree, "it is no root of a category tree")


def _locales(view: View, data: Data, before: Data | None) -> Iterator[Problem]:
    known = view.codes("locale")
    yield from unknown("locales", data.get("locales"), known, "locale")
    gone = set((before or {}).get("locales", ())).difference(data.get("locales", ()))
    for locale in sorted(gone - _elsewhere(view, data["code"])):
        for attribute in view.structure.attributes.values():
            if locale in attribute.available_locales:
                why = f"attribute {attribute.code} has values in {locale}: take it out there first"
                yield Problem("locales", locale, why)


def _elsewhere(view: View, code: str) -> set[str]:
    """Return the locales that are active in other channels."""
    others = (data for name, data in view.known.items() if fold(name) != fold(code))
    return {locale for data in others for locale in data.get("locales", ())}


def _currencies(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    own, known = data.get("currencies", ()), view.codes("currency")
    yield from unknown("currencies", own, known, "currency")
    for code in own:
        if code in known and not view.stored("currency", code).get("activated", True):
            yield Problem("currencies", code, f"currency {code} is switched off")


def _units(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    for code, unit in data.get("conversion_units", {}).items():
        attribute = view.structure.attributes.get(code)
        if attribute is None:
            continue  # Attributes are loaded after channels, whose locales they need.
        family = attribute.rules.get("metric_family") or ""
        units = view.structure.measurements.get(family)
        if units is None:
            yield Problem("conversion_units", code, "it is no measurement attribute")
        elif unit not in units:
            yield Problem("conversion_units", f"{code}:{unit}", f"no unit of {family}")


def _spelled(view: View, data: Data) -> Data:
    """Name attributes and units as they were created."""
    if "conversion_units" not in data:
        return data
    attributes, units = view.structure.attributes, view.structure.measurements
    found = {}
    for code, unit in data["conversion_units"].items():
        own = attributes.spelling(code)
        family = "" if own is None else attributes[own].rules.get("metric_family") or ""
        known = units.get(family)
        found[own or code] = unit if known is None else known.spelling(unit) or unit
    return {**data, "conversion_units": found}


CHANNEL: Final = Entity(
    name="channel",
    plural="channels",
    table="channel",
    fields=(
        labels(),
        Field(name="tree", type=CODE, refers_to="category"),
        Field(name="locales", type=CODES, refers_to="locale", required=True),
        Field(name="currencies", type=CODES, refers_to="currency", required=True),
        Field(name="conversion_units", type=PAIRS),
    ),
    rules=(code_rule(), _has_letter, _tree, _locales, _currencies, _units),
    complete=_spelled,
)


def _locale_code(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    if not is_locale(data["code"]):
        yield Problem("code", data["code"], "it is no locale; write it like en_US or zh_Hans_CN")


# Only channels say which locales are active: as in the reference, `activated` means nothing.
LOCALE: Final = Entity(name="locale", plural="locales", table="locale", rules=(_locale_code,))


def _currency_code(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    # Prices in one cell are told apart by the letter that a currency ends with.
    if not _CURRENCY.fullmatch(data["code"]):
        yield Problem("code", data["code"], "it is no currency; write it like EUR")


def _switched_off(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    if data["activated"]:
        return
    for name, channel in view.structure.channels.items():
        if data["code"] in channel.currencies:
            yield Problem("activated", "0", f"channel {name} uses it: take it out there first")


def _activated(_view: View, data: Data) -> Data:
    """Switch on what is not switched off."""
    return {"activated": True, **data}


CURRENCY: Final = Entity(
    name="currency",
    plural="currencies",
    table="currency",
    fields=(Field(name="activated", type=FLAG),),
    rules=(_currency_code, _switched_off),
    complete=_activated,
)
