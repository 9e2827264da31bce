"""All kinds of structure, each after those that it points to: the order in which files load."""

from typing import Final

from pimjob_runner.catalogue.entities.attribute import ATTRIBUTE
from pimjob_runner.catalogue.entities.category import CATEGORY
from pimjob_runner.catalogue.entities.entity import Entity
from pimjob_runner.catalogue.entities.family import FAMILY
from pimjob_runner.catalogue.entities.family_variant import FAMILY_VARIANT
from pimjob_runner.catalogue.entities.option import ATTRIBUTE_OPTION

ENTITIES: Final[tuple[Entity, ...]] = (
    CATEGORY,
    ATTRIBUTE,
    ATTRIBUTE_OPTION,
    FAMILY,
    FAMILY_VARIANT,
)
