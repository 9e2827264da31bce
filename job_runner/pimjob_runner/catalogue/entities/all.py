"""All kinds of structure, each after those that it points to: the order in which files load."""

from typing import Final

from pimjob_runner.catalogue.entities.attribute import ATTRIBUTE
from pimjob_runner.catalogue.entities.attribute_group import ATTRIBUTE_GROUP
from pimjob_runner.catalogue.entities.category import CATEGORY
from pimjob_runner.catalogue.entities.channel import CHANNEL, CURRENCY, LOCALE
from pimjob_runner.catalogue.entities.entity import Entity
from pimjob_runner.catalogue.entities.family import FAMILY
from pimjob_runner.catalogue.entities.family_variant import FAMILY_VARIANT
from pimjob_runner.catalogue.entities.group import ASSOCIATION_TYPE, GROUP, GROUP_TYPE
from pimjob_runner.catalogue.entities.measurement_family import MEASUREMENT_FAMILY
from pimjob_runner.catalogue.entities.option import ATTRIBUTE_OPTION

ENTITIES: Final[tuple[Entity, ...]] = (
    LOCALE,
    CURRENCY,
    CATEGORY,
    CHANNEL,
    MEASUREMENT_FAMILY,
    GROUP_TYPE,
    GROUP,
    ASSOCIATION_TYPE,
    ATTRIBUTE,
    ATTRIBUTE_OPTION,
    ATTRIBUTE_GROUP,
    FAMILY,
    FAMILY_VARIANT,
)
