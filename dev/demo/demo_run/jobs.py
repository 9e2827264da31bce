"""One PimJob per file of the sample catalogue, and which waits for which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sample_catalogue.catalogue import JOB_TYPES

API_VERSION: Final = "pimjobs.dev/v1alpha1"
PLURAL: Final = "pimjobs"
DEMO_LABEL: Final = "pimjobs.dev/demo"
ENDED: Final = frozenset({"Completed", "Failed", "Stopped"})

Status = Mapping[str, Any]
"""A PimJob's `status`."""


@dataclass(frozen=True)
class DemoJob:
    """One file's job. `after` names the files whose jobs must have completed."""

    file: str
    label: str
    after: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The job type that imports the file."""
        return JOB_TYPES[self.file]

    @property
    def prefix(self) -> str:
        """How the PimJob's name begins; the API server adds the rest."""
        return f"demo-{self.file.removesuffix('.csv').replace('_', '-')}-"

    def manifest(self, folder: str) -> dict[str, Any]:
        """Return the PimJob that imports the file from a folder of the files volume."""
        return {
            "apiVersion": API_VERSION,
            "kind": "PimJob",
            "metadata": {"generateName": self.prefix, "labels": {DEMO_LABEL: "true"}},
            "spec": {
                "type": self.type,
                "label": self.label,
                "user": "demo",
                "parameters": {"source": f"file:///data/{folder}/{self.file}"},
            },
        }


JOBS: Final[Sequence[DemoJob]] = (
    DemoJob("attributes.csv", "Attributes"),
    DemoJob("attribute_options.csv", "Attribute options", ("attributes.csv",)),
    DemoJob("categories.csv", "Categories"),
    DemoJob("families.csv", "Families", ("attributes.csv",)),
    DemoJob("family_variants.csv", "Family variants", ("families.csv",)),
    DemoJob(
        "product_models.csv",
        "Product models",
        ("attribute_options.csv", "categories.csv", "family_variants.csv"),
    ),
    DemoJob("products.csv", "Products", ("product_models.csv",)),
)
