"""The catalogue's structure as one frozen picture, taken when a step opens."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from pimjob_runner.stores.database import Transaction


class AttributeKind(StrEnum):
    """Types of attributes, by the names that files use."""

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


SELECTS = frozenset({AttributeKind.SIMPLESELECT, AttributeKind.MULTISELECT})


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One attribute. `rules` holds what its type allows, by the names of the file's columns."""

    code: str
    kind: AttributeKind
    localizable: bool = False
    scopable: bool = False
    unique: bool = False
    available_locales: AbstractSet[str] = frozenset()
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Channel:
    """Where products are published: its locales and currencies are the active ones."""

    locales: AbstractSet[str]
    currencies: AbstractSet[str]


@dataclass(frozen=True)
class Level:
    """One level of a family variant: what tells its children apart, and what is set there."""

    axes: tuple[str, ...]
    attributes: AbstractSet[str]


@dataclass(frozen=True)
class FamilyVariant:
    """How a family's products vary."""

    family: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Everything that a file's header and cells are checked against."""

    attributes: Mapping[str, Attribute]
    channels: Mapping[str, Channel]
    measurements: Mapping[str, AbstractSet[str]]
    """Units by measurement family."""
    association_types: Mapping[str, bool]
    """Whether it is quantified, by code."""
    families: Mapping[str, AbstractSet[str]]
    """Attributes by family."""
    family_variants: Mapping[str, FamilyVariant]
    categories: AbstractSet[str]
    groups: AbstractSet[str]

    @property
    def locales(self) -> set[str]:
        """Return the locales that are active in a channel."""
        return {locale for channel in self.channels.values() for locale in channel.locales}

    @property
    def currencies(self) -> set[str]:
        """Return the currencies that are active in a channel."""
        return {code for channel in self.channels.values() for code in channel.currencies}

    @property
    def identifier(self) -> Attribute | None:
        """Return the attribute that identifies products."""
        kinds = (a for a in self.attributes.values() if a.kind is AttributeKind.IDENTIFIER)
        return next(kinds, None)


def load_structure(transaction: Transaction) -> Structure:
    """Read the structure. Options are not part of it: there may be a great many."""

    def rows(table: str) -> dict[str, Any]:
        # Constants, see below.
        found = transaction.query(f"SELECT code, CAST(data AS TEXT) FROM {table}")  # noqa: S608
        return {code: msgspec.json.decode(data) for code, data in found}

    return Structure(
        attributes={code: _attribute(code, data) for code, data in rows("attribute").items()},
        channels={
            code: Channel(frozenset(data["locales"]), frozenset(data["currencies"]))
            for code, data in rows("channel").items()
        },
        measurements={
            code: frozenset(data["units"]) for code, data in rows("measurement_family").items()
        },
        association_types={
            code: data["is_quantified"] for code, data in rows("association_type").items()
        },
        families={
            code: frozenset(data.get("attributes", ())) for code, data in rows("family").items()
        },
        family_variants={
            code: _family_variant(data) for code, data in rows("family_variant").items()
        },
        categories=_codes(transaction, "category"),
        groups=_codes(transaction, "product_group"),
    )


def load_options(transaction: Transaction, attribute: str) -> frozenset[str]:
    """Read the codes of a select attribute's options."""
    rows = transaction.query("SELECT code FROM attribute_option WHERE attribute = ?", (attribute,))
    return frozenset(code for (code,) in rows)


def _codes(transaction: Transaction, table: str) -> frozenset[str]:
    return frozenset(code for (code,) in transaction.query(f"SELECT code FROM {table}"))  # noqa: S608 - constants


def _attribute(code: str, data: Mapping[str, Any]) -> Attribute:
    return Attribute(
        code=code,
        kind=AttributeKind(data["type"]),
        localizable=bool(data.get("localizable")),
        scopable=bool(data.get("scopable")),
        unique=bool(data.get("unique")) or data["type"] == AttributeKind.IDENTIFIER,
        available_locales=frozenset(data.get("available_locales") or ()),
        rules=data,
    )


def _family_variant(data: Mapping[str, Any]) -> FamilyVariant:
    return FamilyVariant(
        data["family"],
        tuple(
            Level(tuple(level["axes"]), frozenset(level["attributes"])) for level in data["levels"]
        ),
    )
