"""What a catalogue is made of: channels, locales, attributes, families, categories."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LOCALES: Final = ("en_US", "fr_FR", "de_DE")
CURRENCIES: Final = ("EUR", "USD", "GBP")
CHANNEL_LOCALES: Final[Mapping[str, tuple[str, ...]]] = {
    "ecommerce": ("en_US", "fr_FR", "de_DE"),
    "mobile": ("en_US", "fr_FR", "de_DE"),
    "print": ("en_US", "fr_FR", "de_DE"),
}
"""The channels that a new catalogue has, each with the locales it speaks."""

ASSOCIATIONS: Final = ("X_SELL", "UPSELL", "SUBSTITUTION", "PACK")
QUANTIFIED_ASSOCIATION: Final = "PRODUCT_SET"
GROUPS: Final = ("promotion", "clearance", "new_arrivals", "staff_picks")
"""Like the channels, there from the beginning."""

Labels = Mapping[str, str]
"""Locale to text."""


class Kind(StrEnum):
    """An attribute's type, by the reference PIM's names."""

    IDENTIFIER = "pim_catalog_identifier"
    TEXT = "pim_catalog_text"
    TEXTAREA = "pim_catalog_textarea"
    NUMBER = "pim_catalog_number"
    BOOLEAN = "pim_catalog_boolean"
    DATE = "pim_catalog_date"
    SIMPLESELECT = "pim_catalog_simpleselect"
    MULTISELECT = "pim_catalog_multiselect"
    PRICE = "pim_catalog_price_collection"
    METRIC = "pim_catalog_metric"
    IMAGE = "pim_catalog_image"
    FILE = "pim_catalog_file"


SELECTS: Final = frozenset({Kind.SIMPLESELECT, Kind.MULTISELECT})


@dataclass(frozen=True)
class Option:
    """One choice of a select attribute."""

    code: str
    labels: Labels


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One attribute; `low`, `high` and `step` bound what numbers are plausible.

    `locales` limits a localizable attribute to some locales (locale-specific).
    `max_characters` is a rule of the catalogue, the other bounds only shape the
    sample. `one_cell` writes amount and unit, or all prices, into one cell.
    """

    code: str
    kind: Kind
    labels: Labels
    group: str = "other"
    localizable: bool = False
    scopable: bool = False
    locales: tuple[str, ...] = ()
    unique: bool = False
    max_characters: int | None = None
    decimals: int = 0
    negative: bool = False
    low: int = 1
    high: int = 100
    measurement: tuple[str, ...] = ()
    """Measurement family, then its units that the sample uses; the first one is the default."""
    extensions: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    one_cell: bool = False

    def slots(self) -> list[tuple[str | None, str | None]]:
        """Return each (channel, locale) that this attribute may have a value for."""
        if not self.scopable:
            return [(None, locale) for locale in self._spoken(LOCALES)]
        return [
            (channel, locale)
            for channel, spoken in CHANNEL_LOCALES.items()
            for locale in self._spoken(spoken)
        ]

    def _spoken(self, locales: tuple[str, ...]) -> tuple[str | None, ...]:
        if not self.localizable:
            return (None,)
        return tuple(code for code in locales if not self.locales or code in self.locales)


@dataclass(frozen=True)
class Category:
    """A node of the tree; a root has no parent."""

    code: str
    parent: str | None
    labels: Labels


@dataclass(frozen=True)
class FamilyVariant:
    """How a family's products vary: the axes of each level, and the attributes set there.

    What is in no level is common, and set on the root model.
    """

    code: str
    labels: Labels
    axes: tuple[tuple[str, ...], ...]
    attributes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Family:
    """A kind of product: its attributes, and the words that its products are described with."""

    code: str
    labels: Labels
    nouns: Labels
    brands: tuple[str, ...]
    series: tuple[str, ...]
    attributes: tuple[str, ...]
    category: str
    subcategories: tuple[str, ...]
    share: int
    """How many of a hundred lines of the range are of this family."""
    size: tuple[int, int]
    """Plausible widths and heights in centimetres."""
    price: tuple[int, int]
    """Plausible prices in euros."""
    weight: tuple[int, int]
    """Plausible weights in grams."""
    requirements: Mapping[str, tuple[str, ...]]
    variant: FamilyVariant | None = None
