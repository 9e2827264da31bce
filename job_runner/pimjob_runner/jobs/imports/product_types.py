"""The CSV imports of products and product models, as job types.

Apart from those of the structure: a runner imports the modules of one type, and each costs time.
"""

from pimjob_runner.catalogue.schema import prepare
from pimjob_runner.jobs.imports.associations import ImportAssociations
from pimjob_runner.jobs.imports.parameters import ProductParameters
from pimjob_runner.jobs.imports.product_models import ImportModels
from pimjob_runner.jobs.imports.products import ImportProducts
from pimjob_runner.jobs.imports.source import Download
from pimjob_runner.jobs.imports.validate import Validate
from pimjob_runner.jobs.imports.value_columns import models_header_facts, products_header_facts
from pimjob_runner.sdk import JobType

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
