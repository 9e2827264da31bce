"""The CSV imports, as job types."""

from collections.abc import Sequence
from typing import Any

from pimjob_runner.catalogue.entities.attribute import ATTRIBUTE
from pimjob_runner.catalogue.entities.category import CATEGORY
from pimjob_runner.catalogue.entities.entity import Entity
from pimjob_runner.catalogue.entities.family import FAMILY
from pimjob_runner.catalogue.entities.family_variant import FAMILY_VARIANT
from pimjob_runner.catalogue.entities.option import ATTRIBUTE_OPTION
from pimjob_runner.catalogue.schema import prepare
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.jobs.imports.associations import ImportAssociations
from pimjob_runner.jobs.imports.entities import ImportEntities, header_facts
from pimjob_runner.jobs.imports.header_facts import HeaderFacts
from pimjob_runner.jobs.imports.parameters import CsvParameters, ProductParameters
from pimjob_runner.jobs.imports.product_models import ImportModels
from pimjob_runner.jobs.imports.products import ImportProducts
from pimjob_runner.jobs.imports.source import Download
from pimjob_runner.jobs.imports.validate import Validate
from pimjob_runner.jobs.imports.value_columns import models_header_facts, products_header_facts
from pimjob_runner.sdk import ItemStep, JobType, Tasklet


def _entities(name: str, label: str, entity: Entity, *, stoppable: bool = True) -> JobType:
    def check(columns: Sequence[str], structure: Structure, _parameters: object) -> HeaderFacts:
        return header_facts(entity, columns, structure)

    def steps(_parameters: Any) -> list[ItemStep | Tasklet]:
        return [Download(), Validate(check), ImportEntities(entity, label)]

    return JobType(
        name=name,
        label=label,
        kind="import",
        parameters=CsvParameters,
        steps=steps,
        stoppable=stoppable,
        prepare=prepare,
    )


ATTRIBUTES = _entities("csv_attribute_import", "Import attributes", ATTRIBUTE)
ATTRIBUTE_OPTIONS = _entities(
    "csv_attribute_option_import", "Import attribute options", ATTRIBUTE_OPTION
)
CATEGORIES = _entities("csv_category_import", "Import categories", CATEGORY)
# As in the reference PIM, these two run to their end: what depends on a family
# must not see half of them. They may be paused.
FAMILIES = _entities("csv_family_import", "Import families", FAMILY, stoppable=False)
FAMILY_VARIANTS = _entities(
    "csv_family_variant_import", "Import family variants", FAMILY_VARIANT, stoppable=False
)

PRODUCT_MODELS = JobType(
    name="csv_product_model_import",
    label="Import product models",
    kind="import",
    parameters=ProductParameters,
    steps=lambda _parameters: [
        Download(),
        Validate(models_header_facts),
        ImportModels("root_models", "Import root models", sub=False),
        ImportModels("sub_models", "Import sub models", sub=True),
        ImportAssociations("product_model", after=("root_models", "sub_models")),
    ],
    prepare=prepare,
)
PRODUCTS = JobType(
    name="csv_product_import",
    label="Import products",
    kind="import",
    parameters=ProductParameters,
    steps=lambda _parameters: [
        Download(),
        Validate(products_header_facts),
        ImportProducts(),
        ImportAssociations("product", after=("import",)),
    ],
    prepare=prepare,
)
