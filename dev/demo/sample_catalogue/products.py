"""Products and product models, and how they are laid out in a flat file."""

from dataclasses import dataclass, field

from sample_catalogue.structure import Family
from sample_catalogue.values import Value


@dataclass
class Links:
    """What a product points to, for one association type."""

    products: tuple[str, ...] = ()
    product_models: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """So many of a product, in a quantified association."""

    identifier: str
    quantity: int


@dataclass(kw_only=True)
class Entity:
    """What products and product models share."""

    code: str
    family: Family
    parent: str | None
    categories: tuple[str, ...]
    values: list[Value]
    links: dict[str, Links] = field(default_factory=dict)
    quantities: dict[str, tuple[Quantity, ...]] = field(default_factory=dict)


@dataclass(kw_only=True)
class Product(Entity):
    """A product; a variant has a parent and only its own level's values."""

    enabled: bool
    groups: tuple[str, ...] = ()


@dataclass(kw_only=True)
class ProductModel(Entity):
    """A root model, or a sub model whose parent is one."""


def entity_cells(entity: Entity) -> dict[str, str]:
    """Return the columns that products and models share."""
    found = {"parent": entity.parent or "", "categories": ",".join(entity.categories)}
    for value in entity.values:
        found.update(value.cells())
    for kind, links in entity.links.items():
        found[f"{kind}-products"] = ",".join(links.products)
        found[f"{kind}-product_models"] = ",".join(links.product_models)
        found[f"{kind}-groups"] = ",".join(links.groups)
    for kind, parts in entity.quantities.items():
        found[f"{kind}-products"] = ",".join(part.identifier for part in parts)
        found[f"{kind}-products-quantity"] = "|".join(str(part.quantity) for part in parts)
    return found


def product_cells(product: Product) -> dict[str, str]:
    """Return a product's row by column."""
    return {
        "enabled": "1" if product.enabled else "0",
        "family": product.family.code,
        "groups": ",".join(product.groups),
        **entity_cells(product),
    }


def model_cells(model: ProductModel) -> dict[str, str]:
    """Return a product model's row by column."""
    variant = model.family.variant
    if variant is None:
        raise ValueError(f"{model.code}: family {model.family.code} has no variants")
    return {"code": model.code, "family_variant": variant.code, **entity_cells(model)}
