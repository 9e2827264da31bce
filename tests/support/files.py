"""The columns of each kind of structure, and the types of attributes: docs/files.md.

Made from the declarations that imports work with. To write it after a change: `make generate`.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pimjob_runner.catalogue.entities.all import ENTITIES
from pimjob_runner.catalogue.entities.entity import Entity, Field
from pimjob_runner.catalogue.ignored_columns import IGNORED
from pimjob_runner.catalogue.values.types import TYPES
from pimjob_runner.catalogue.values.value_type import ValueType

FILE = Path(__file__).resolve().parents[2] / "docs" / "files.md"
_NAMES = {"attributes": "attribute", "families": "family", "locales": "active locale"}
_COMPONENTS = {"currency": "`x-EUR`, … or `10 EUR, 12 USD`", "unit": "`x`, `x-unit` or `800 GRAM`"}


def document() -> str:
    """Return the whole document."""
    kinds = (line for entity in ENTITIES for line in _kind(entity))
    return "\n".join([_HEAD, *kinds, *_attribute_types(), ""])


def _kind(entity: Entity) -> Iterator[str]:
    yield f"\n## {entity.plural.capitalize()}\n"
    yield f"`csv_{entity.name}_import`\n"
    yield from _table(
        ("column", "holds", "names a", "rules"),
        [
            (
                _column(field),
                field.type.about,
                _reference(field, entity),
                ", ".join(_marks(field, entity)),
            )
            for field in (*entity.keys, *entity.fields)
        ],
    )
    ignored = ", ".join(f"`{_upper(column)}`" for column in IGNORED[entity.table])
    yield f"\nIgnored: {ignored}."


def _column(field: Field) -> str:
    return f"`{field.name}-{field.by.upper()}`" if field.by else f"`{field.name}`"


def _reference(field: Field, entity: Entity) -> str:
    if field.refers_to is None:
        return ""
    own = entity.name if field.refers_to == "own" else field.refers_to
    return _NAMES.get(own, own.replace("_", " "))


def _marks(field: Field, entity: Entity) -> Iterator[str]:
    if field in entity.keys:
        yield "names the row"
    if field.required:
        yield "needed"
    if field.immutable:
        yield "stays as it was created"


def _upper(column: str) -> str:
    return column.replace("-*", "-…")


def _attribute_types() -> Iterator[str]:
    yield _TYPES
    yield from _table(
        ("type", "options", "unique", "axis", "label", "image", "columns of a value"),
        [
            (
                f"`{kind}`",
                *(_yes(mark) for mark in _abilities(found)),
                _COMPONENTS.get(found.components or "", "`x`"),
            )
            for kind, found in TYPES.items()
        ],
    )


def _abilities(found: ValueType) -> tuple[bool, ...]:
    return (
        found.is_select,
        found.can_be_unique,
        found.can_be_axis,
        found.can_be_label,
        found.can_be_image,
    )


def _yes(mark: object) -> str:
    return "yes" if mark else ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"


_HEAD = """\
# Columns of files

<!-- Generated from the declarations of the catalogue by `make generate`. Change those instead. -->

Each kind is here after those that it points to: files load in this order. A column that is absent leaves things as they
are, an empty cell clears. Codes are found whatever their case. `label-LOCALE` is a column for each active locale (those
of others are ignored), `requirements-CHANNEL` one for each channel. Columns that are ignored may be filled.
What else has to be right: [jobs.md](jobs.md)."""

_TYPES = """
## Types of attributes

Which of them have options, and what an attribute of a type can be: unique, an axis of variants, the label or the image of
a family. `x` is the attribute, with its locale and channel if it has values for each.
"""


def main() -> int:
    """Write the document."""
    FILE.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
