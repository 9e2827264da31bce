"""Categories: a tree, in which nothing is inside itself."""

from collections.abc import Iterator

from pimjob_runner.catalogue.codes import equal
from pimjob_runner.catalogue.entities.entity import Data, Entity, Field, View, labels
from pimjob_runner.catalogue.entities.field_types import CODE
from pimjob_runner.catalogue.entities.rules import code_rule
from pimjob_runner.catalogue.refusal import Problem


def _tree_of_channels(view: View, code: str, parent: str) -> Iterator[Problem]:
    """Keep the trees of channels: each is a root."""
    for channel, tree in view.channel_trees.items():
        if equal(tree, code):
            yield Problem("parent", parent, f"it is the tree of channel {channel} and stays a root")


def _parent(view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
    parent = data.get("parent")
    if parent is None:
        return
    yield from _tree_of_channels(view, data["code"], parent)
    if parent not in view.known and not equal(parent, data["code"]):
        yield Problem("parent", parent, f"there is no category {parent!r}")
        return
    above, seen = parent, set[str]()
    # What is stored may be a circle: older versions let two jobs make one.
    while above is not None and above not in seen:
        if equal(above, data["code"]):
            yield Problem("parent", parent, "it would be inside itself")
            return
        seen.add(above)
        above = view.known.get(above, {}).get("parent")


CATEGORY = Entity(
    name="category",
    plural="categories",
    table="category",
    fields=(Field(name="parent", type=CODE, refers_to="own"), labels()),
    rules=(code_rule(), _parent),
)
