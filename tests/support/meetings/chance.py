"""Jobs as chance has it: small files about the few things of the shop that all of them touch."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from random import Random

from support.meetings.job import Job
from support.meetings.shop import UUIDS

SKUS = ["p1", "p2", "p3", "v1", "v2", "new1", "new2"]
MODELS = ["root", "red", "blue", "flat", "fresh"]
CATEGORIES = ["a", "b", "c", "d", "shop"]

Cell = Callable[[Random], str]


def _of(*cells: str) -> Cell:
    return lambda chance: chance.choice(cells)


@dataclass(frozen=True)
class Kind:
    """How files of a type of job look: which columns they have, and which they may have."""

    type: str
    always: dict[str, Cell]
    columns: dict[str, Cell]

    def job(self, name: str, chance: Random, rows: int) -> Job:
        """Return a job with so many rows and a few of the columns."""
        some = chance.sample(sorted(self.columns), min(len(self.columns), chance.randint(0, 2)))
        columns = {**self.always, **{name: self.columns[name] for name in some}}
        lines = [";".join(columns)]
        lines += [";".join(cell(chance) for cell in columns.values()) for _ in range(rows)]
        return Job(name, self.type, "\n".join(lines) + "\n")


_PRODUCT = {
    "name": _of("x", "y", "a long name"),
    "note": _of("x", "y", ""),
    "ean": _of("1", "2", "8", "9", ""),
    "color": _of("red", "blue", "green"),
    "family": _of("shoes", "other", "boots"),
    "categories": _of("a", "b,d", "d", ""),
    "enabled": _of("0", "1"),
    "X_SELL-products": _of("p1", "p2,new1", "renamed", ""),
    "X_SELL-groups": _of("promotion", ""),
}
_MODEL = {
    "name": _of("x", "y", ""),
    "note": _of("x", "y"),
    "categories": _of("a", "d", ""),
    "X_SELL-products": _of("p1", "new1", ""),
    "X_SELL-groups": _of("promotion", ""),
}

_LABELS = {"label-en_US": _of("x", "y"), "label-fr_FR": _of("x", "y")}
_FEW = _of("p1", "p2", "new1")


def _products(key: Cell, **always: Cell) -> Kind:
    return Kind("csv_product_import", {"sku": key, **always}, _without(_PRODUCT, always))


def _without(columns: dict[str, Cell], others: dict[str, Cell]) -> dict[str, Cell]:
    return {name: cell for name, cell in columns.items() if name not in others}


UNIQUE = _products(_FEW, ean=_of("1", "2", "8", "9"))
COLORS = _products(_FEW, color=_of("green", "red"))
IN_CATEGORIES = _products(_FEW, categories=_of("d", "a,d"))
OF_FAMILIES = _products(_FEW, family=_of("boots", "other"))
LINKED = _products(_FEW, **{"X_SELL-products": _of("p1", "p2,new1", "renamed", "")})
TEXTS = _products(_FEW, name=_of("a long name", "x"))
RENAMED = Kind(
    "csv_product_import",
    {"uuid": _of(*UUIDS.values()), "sku": _of("p1", "p2", "renamed", "new1")},
    _PRODUCT,
)
VARIANT = Kind(
    "csv_product_import",
    {
        "sku": _of("v1", "v2", "new1", "new2"),
        "parent": _of("red", "blue", "fresh"),
        "size": _of("s", "m"),
    },
    {"note": _of("x"), "ean": _of("1", "9"), "name": _of("x")},
)
MODEL = Kind("csv_product_model_import", {"code": _of(*MODELS)}, _MODEL)
SUB_MODEL = Kind(
    "csv_product_model_import",
    {
        "code": _of("red", "blue", "fresh", "other"),
        "parent": _of("root", "flat", "fresh"),
        "family_variant": _of("by_both"),
        "color": _of("red", "blue"),
    },
    {"note": _of("x", "y")},
)
CATEGORY = Kind(
    "csv_category_import", {"code": _of(*CATEGORIES), "parent": _of(*CATEGORIES, "")}, _LABELS
)
ATTRIBUTE = Kind(
    "csv_attribute_import",
    {"code": _of("name", "note", "fabric"), "type": _of("pim_catalog_text")},
    {"max_characters": _of("5", "20", ""), **_LABELS},
)
OPTION = Kind(
    "csv_attribute_option_import",
    {"attribute": _of("color"), "code": _of("red", "green")},
    {"sort_order": _of("1", "2"), **_LABELS},
)
FAMILY = Kind(
    "csv_family_import",
    {"code": _of("other", "shoes", "boots")},
    {"attributes": _of("name", "name,note,ean,color,size", "name,fabric"), **_LABELS},
)
FAMILY_VARIANT = Kind(
    "csv_family_variant_import",
    {"code": _of("by_color", "by_both")},
    {"variant-attributes_1": _of("note", "name,note", "ean"), **_LABELS},
)

TOPICS = [
    [CATEGORY],
    [CATEGORY, IN_CATEGORIES],
    [OPTION],
    [OPTION, COLORS],
    [ATTRIBUTE, TEXTS],
    [ATTRIBUTE, FAMILY],
    [FAMILY, OF_FAMILIES],
    [FAMILY, FAMILY_VARIANT],
    [FAMILY_VARIANT, VARIANT],
    [_products(_FEW)],
    [UNIQUE],
    [UNIQUE, RENAMED],
    [RENAMED, LINKED],
    [LINKED],
    [VARIANT],
    [VARIANT, SUB_MODEL],
    [SUB_MODEL, MODEL],
    [MODEL],
]
"""Kinds of which something comes when they meet."""
KINDS = list({id(kind): kind for topic in TOPICS for kind in topic}.values())


MOST_POSITIONS = 80
"""In how many combinations of their positions jobs may be: all of them are tried at worst."""


def jobs_of(chance: Random) -> list[Job]:
    """Return two or three jobs with up to three rows each."""
    number = chance.choice([2, 2, 3])
    topic = chance.choice([*TOPICS, KINDS])
    kinds = [*chance.sample(topic, min(len(topic), number))]
    kinds += chance.choices(topic, k=number - len(kinds))
    most = 3
    while True:
        jobs = [
            kind.job(f"job-{n}", chance, chance.randint(1, most)) for n, kind in enumerate(kinds)
        ]
        if prod(1 + steps_of(job) for job in jobs) <= MOST_POSITIONS:
            return jobs
        most = max(most - 1, 1) if chance.random() < 1 / 2 else most


def steps_of(job: Job) -> int:
    """Return how often a job goes on by one row: the check of the file comes with the first."""
    steps = 2 if job.type == "csv_product_model_import" else 1
    return len(job.rows) * (steps + ("X_SELL" in job.text))
