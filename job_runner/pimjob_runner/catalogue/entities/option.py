"""Options of select attributes."""

from collections.abc import Iterator

from pimjob_runner.catalogue.entities.entity import Data, Entity, Field, View, labels
from pimjob_runner.catalogue.entities.field_types import CODE, INTEGER
from pimjob_runner.catalogue.entities.rules import code_rule
from pimjob_runner.catalogue.refusal import Problem
from pimjob_runner.catalogue.values.types import TYPES


def _attribute(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    attribute = view.structure.attributes.get(data["attribute"])
    if attribute is None:
        yield Problem("attribute", data["attribute"], "there is no such attribute")
    elif not TYPES[attribute.kind].is_select:
        yield Problem("attribute", data["attribute"], "it is not a select attribute")


ATTRIBUTE_OPTION = Entity(
    name="attribute_option",
    plural="attribute options",
    table="attribute_option",
    keys=(
        Field(name="attribute", type=CODE, refers_to="attributes"),
        Field(name="code", type=CODE),
    ),
    fields=(Field(name="sort_order", type=INTEGER), labels(255)),
    rules=(code_rule(), _attribute),
)
