"""The catalogue's structure as one picture, of one moment: that of its revision."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec

from pimjob_runner.catalogue.codes import Codes, code_set
from pimjob_runner.catalogue.locks import share_structure
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
    REFERENCE = "pim_reference_data_simpleselect"
    REFERENCES = "pim_reference_data_multiselect"
    RECORD = "akeneo_reference_entity"
    RECORDS = "akeneo_reference_entity_collection"


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

    @property
    def axes(self) -> list[str]:
        """Return the axes of all levels."""
        return [axis for level in self.levels for axis in level.axes]


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Everything that a file's header and cells are checked against.

    Its mappings take a code in any spelling (see `Codes`); what they hold has the spelling
    in which it was created.
    """

    revision: int
    """Grows with each change of the structure that a job makes."""
    digest: bytes
    """Of all that was read: tells changes by people and older runners, too."""
    attributes: Codes[Attribute]
    channels: Codes[Channel]
    measurements: Codes[Codes[None]]
    """Units by measurement family."""
    association_types: Codes[bool]
    """Whether it is quantified, by code."""
    families: Codes[AbstractSet[str]]
    """Attributes by family."""
    family_variants: Codes[FamilyVariant]
    categories: Codes[None]
    groups: Codes[None]

    @cached_property
    def locales(self) -> Codes[None]:
        """Return the locales that are active in a channel."""
        return code_set(code for channel in self.channels.values() for code in channel.locales)

    @cached_property
    def currencies(self) -> Codes[None]:
        """Return the currencies that are active in a channel."""
        return code_set(code for channel in self.channels.values() for code in channel.currencies)

    @cached_property
    def identifier(self) -> Attribute | None:
        """Return the attribute that identifies products."""
        kinds = (a for a in self.attributes.values() if a.kind is AttributeKind.IDENTIFIER)
        return next(kinds, None)


def load_structure(transaction: Transaction) -> Structure:
    """Read the structure, and keep it as it is until the transaction ends.

    Options are not part of it: there may be a great many.
    """
    return read_structure(transaction, share_structure(transaction))


def read_structure(transaction: Transaction, revision: int) -> Structure:
    """Read the structure of a revision, whose lock the transaction has."""
    digest = sha256()

    def read(table: str, columns: str) -> list[tuple[str, ...]]:
        # Constants, see below.
        found = transaction.query(f"SELECT {columns} FROM {table} ORDER BY code")  # noqa: S608
        digest.update(msgspec.json.encode((table, found)))
        return found

    def rows(table: str) -> dict[str, Any]:
        found = read(table, "code, CAST(data AS TEXT)")
        return {code: msgspec.json.decode(data) for code, data in found}

    def codes(table: str) -> Codes[None]:
        return code_set(code for (code,) in read(table, "code"))

    structure = Structure(
        revision=revision,
        digest=b"",
        attributes=Codes(
            (code, _attribute(code, data)) for code, data in rows("attribute").items()
        ),
        channels=Codes(
            (code, Channel(frozenset(data["locales"]), frozenset(data["currencies"])))
            for code, data in rows("channel").items()
        ),
        measurements=Codes(
            (code, code_set(data["units"])) for code, data in rows("measurement_family").items()
        ),
        association_types=Codes(
            (code, bool(data.get("is_quantified")))
            for code, data in rows("association_type").items()
        ),
        families=Codes(
            (code, frozenset(data.get("attributes", ()))) for code, data in rows("family").items()
        ),
        family_variants=Codes(
            (code, _family_variant(data)) for code, data in rows("family_variant").items()
        ),
        categories=codes("category"),
        groups=codes("product_group"),
    )
    return replace(structure, digest=digest.digest())


def load_options(transaction: Transaction, attribute: str) -> Codes[None]:
    """Read the codes of a select attribute's options."""
    rows = transaction.query(
        "SELECT code FROM attribute_option WHERE attribute = ? ORDER BY code", (attribute,)
    )
    return code_set(code for (code,) in rows)


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
