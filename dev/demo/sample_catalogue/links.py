"""Associations between products: some point forward to rows that come later in the file."""

from collections.abc import Sequence

from sample_catalogue.assortment import Assortment
from sample_catalogue.chance import Chance
from sample_catalogue.products import Entity, Links, Quantity
from sample_catalogue.structure import ASSOCIATIONS, GROUPS, QUANTIFIED_ASSOCIATION

SHARE = 0.25
SET_SHARE = 0.06
GROUP_SHARE = 0.1


def add_links(made: Assortment, seed: int) -> None:
    """Give some products and models associations, and some of them a set of parts."""
    codes = [product.code for product in made.products]
    models = [model.code for model in made.models if model.parent is None]
    for product in made.products:
        random = Chance(f"{seed}/links/{product.code}")
        if random.happens(SHARE):
            kind = random.choice(ASSOCIATIONS)
            product.links[kind] = _links(product, codes, models, random)
        if random.happens(SET_SHARE):
            product.quantities[QUANTIFIED_ASSOCIATION] = _parts(product, codes, random)
    for model in made.models:
        random = Chance(f"{seed}/links/{model.code}")
        # Models are imported before products, so they can point to models and groups only.
        if random.happens(SHARE):
            model.links[random.choice(ASSOCIATIONS)] = Links(
                product_models=_others(model, models, random, 2),
                groups=(random.choice(GROUPS),),
            )


def _links(entity: Entity, codes: Sequence[str], models: Sequence[str], random: Chance) -> Links:
    return Links(
        products=_others(entity, codes, random, random.randint(1, 3)),
        product_models=_others(entity, models, random, random.randint(0, 1)),
        groups=(random.choice(GROUPS),) if random.happens(GROUP_SHARE) else (),
    )


def _parts(entity: Entity, codes: Sequence[str], random: Chance) -> tuple[Quantity, ...]:
    others = _others(entity, codes, random, random.randint(1, 4))
    return tuple(Quantity(code, random.randint(1, 12)) for code in others)


def _others(entity: Entity, codes: Sequence[str], random: Chance, wanted: int) -> tuple[str, ...]:
    """Return that many codes, as many as there are, in ascending order, never the product's own."""
    chosen = random.sample(codes, min(wanted, len(codes)))
    return tuple(sorted(set(chosen) - {entity.code}))
