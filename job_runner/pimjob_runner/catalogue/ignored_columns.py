"""Columns that files of the reference PIM have and that mean nothing here.

Such a file is imported as it is. Its columns are named once, so that nobody waits for them
to have an effect.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pimjob_runner.catalogue.codes import fold

_TIMES = ("created", "updated")
IGNORED: Final[Mapping[str, tuple[str, ...]]] = {
    "product": (*_TIMES, "completeness", "dqi_quality_score-*", "label"),
    "product_model": (*_TIMES, "completeness", "dqi_quality_score-*", "label"),
    "attribute": (
        *_TIMES,
        "auto_option_sorting",
        "default_value",
        "guidelines-*",
        "is_locale_specific",
        "is_mandatory",
        "is_read_only",
        "is_required_for_completeness",
        "required",
        "table_configuration",
    ),
    "attribute_group": _TIMES,
    "attribute_option": _TIMES,
    "association_type": _TIMES,
    "category": _TIMES,
    "channel": _TIMES,
    "currency": _TIMES,
    "family": _TIMES,
    "family_variant": _TIMES,
    "group_type": _TIMES,
    # Only the channels say which locales are active.
    "locale": (*_TIMES, "activated"),
    "measurement_family": _TIMES,
    "product_group": _TIMES,
}
"""By entity. `NAME-*` is `NAME` alone, or with locale and channel after it."""


def ignored_columns(entity: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a file that mean nothing here. Known ones come first: ask them before.

    `entity` is named as its table is.
    """
    return tuple(column for column in columns if is_ignored(entity, column))


def is_ignored(entity: str, column: str) -> bool:
    """Say whether a column means nothing here, whatever its case."""
    name = fold(column)
    return any(
        name == fold(known.removesuffix("-*"))
        or (known.endswith("-*") and name.startswith(fold(known.removesuffix("*"))))
        for known in IGNORED.get(entity, ())
    )
