"""Groups of products and their types, and types of associations."""

from collections.abc import Iterator
from typing import Final

from pimjob_runner.catalogue.entities.entity import Data, Entity, Field, View, labels
from pimjob_runner.catalogue.entities.field_types import CODE, FLAG
from pimjob_runner.catalogue.entities.rules import code_rule, unknown
from pimjob_runner.catalogue.refusal import Problem

GROUP_TYPE: Final = Entity(
    name="group_type",
    plural="group types",
    table="group_type",
    fields=(labels(),),
    rules=(code_rule(),),
)


def _type(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    own = filter(None, [data.get("type")])
    yield from unknown("type", own, view.codes("group_type"), "group type")


GROUP: Final = Entity(
    name="group",
    plural="groups",
    table="product_group",
    fields=(
        Field(name="type", type=CODE, refers_to="group_type", required=True, immutable=True),
        labels(),
    ),
    rules=(code_rule(), _type),
)


def _not_both(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    if data.get("is_two_way") and data.get("is_quantified"):
        yield Problem("is_two_way", "1", "associations with quantities have one direction only")


ASSOCIATION_TYPE: Final = Entity(
    name="association_type",
    plural="association types",
    table="association_type",
    fields=(
        labels(),
        Field(name="is_two_way", type=FLAG, immutable=True),
        Field(name="is_quantified", type=FLAG, immutable=True),
    ),
    rules=(code_rule(), _not_both),
)
