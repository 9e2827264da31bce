"""The range: simple products, and models with their variants, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from sample_catalogue.attributes import attributes
from sample_catalogue.categories import SEASONS
from sample_catalogue.chance import Chance
from sample_catalogue.families import families
from sample_catalogue.invent import Line, ean, invent
from sample_catalogue.options import BRANDS
from sample_catalogue.products import Product, ProductModel
from sample_catalogue.structure import GROUPS, Attribute, FamilyVariant, Kind
from sample_catalogue.values import Value

ALWAYS = frozenset({"brand", "name", "price", "weight", "description", "picture"})
ROOT_LAST = 10
"""In every tenth line the root model comes after its sub models in the file."""
_BRAND_NAMES = {option.code: option.labels["en_US"] for option in BRANDS}
Axes = tuple[tuple[Attribute, str], ...]
"""What sets a variant apart: attributes, each with an option's code."""


@dataclass
class Assortment:
    """All products and product models, in the order of their files."""

    products: list[Product] = field(default_factory=list)
    models: list[ProductModel] = field(default_factory=list)


def make_assortment(products: int, seed: int) -> Assortment:
    """Return exactly that many products; a smaller number gives the beginning of a larger one."""
    made = Assortment()
    maker = _Maker(made, products)
    numbers = count(1)
    while len(made.products) < products:
        maker.add(_line(next(numbers), seed))
    return made


def simple_products(wanted: int, seed: int) -> list[Product]:
    """Return the range's first products that are not variants."""
    made = Assortment()
    maker = _Maker(made, wanted)
    numbers = count(1)
    while len(made.products) < wanted:
        line = _line(next(numbers), seed)
        if line.family.variant is None:
            maker.add(line)
    return made.products


def _line(number: int, seed: int) -> Line:
    random = Chance(f"{seed}/line/{number}")
    found = families()
    family = random.choices(found, weights=[family.share for family in found])[0]
    brand = random.choice(family.brands)
    return Line(number, family, brand, _BRAND_NAMES[brand], random.choice(family.series), random)


class _Maker:
    """Turns lines into products until there are enough."""

    def __init__(self, made: Assortment, wanted: int) -> None:
        self._made = made
        self._wanted = wanted
        self._attributes = {attribute.code: attribute for attribute in attributes()}

    def add(self, line: Line) -> None:
        """Add a line's products."""
        variant = line.family.variant
        if variant is None:
            self._add_product(line, f"{line.initials}-{line.number:05d}", None, (), ())
        elif len(variant.axes) == 1:
            root = self._add_model(line, f"{line.initials}-{line.number:05d}", None, ())
            self._add_variants(line, root, variant, 0)
        else:
            self._add_two_levels(line, variant)

    def _add_two_levels(self, line: Line, variant: FamilyVariant) -> None:
        root = self._add_model(line, f"{line.initials}-{line.number:05d}", None, ())
        for axes in self._combinations(line, variant.axes[0]):
            if len(self._made.products) < self._wanted:
                sub = self._add_model(line, f"{root}-{_suffix(axes)}", root, axes)
                self._add_variants(line, sub, variant, 1)
        if line.number % ROOT_LAST == 0:
            models = self._made.models
            models.append(models.pop(next(i for i, m in enumerate(models) if m.code == root)))

    def _add_variants(self, line: Line, parent: str, variant: FamilyVariant, level: int) -> None:
        own = variant.attributes[level]
        for axes in self._combinations(line, variant.axes[level]):
            self._add_product(line, f"{parent}-{_suffix(axes)}", parent, axes, own)

    def _combinations(self, line: Line, axes: tuple[str, ...]) -> list[Axes]:
        """Return some of an axis' options; of two axes, each of one with each of the other."""
        combined: list[Axes] = [()]
        for code in axes:
            attribute = self._attributes[code]
            codes = [option.code for option in attribute.options]
            chosen = set(line.random.sample(codes, line.random.randint(2, min(5, len(codes)))))
            combined = [
                (*axis, (attribute, choice))
                for axis in combined
                for choice in codes
                if choice in chosen
            ]
        return combined

    def _add_product(
        self, line: Line, code: str, parent: str | None, axes: Axes, own: tuple[str, ...]
    ) -> None:
        made = self._made.products
        if len(made) == self._wanted:
            return
        values = [_plain(self._attributes["sku"], code)]
        if parent is None or "ean" in own:
            values.append(_plain(self._attributes["ean"], ean(len(made) + 1)))
        values += self._values(line, own if parent else line.family.attributes, axes)
        made.append(
            Product(
                code=code,
                family=line.family,
                parent=parent,
                # A model's categories are its variants' too; some have more of their own.
                categories=_seasons(line) if parent else _categories(line),
                values=values,
                enabled=line.random.happens(0.92),
                groups=_groups(line),
            )
        )

    def _add_model(self, line: Line, code: str, parent: str | None, axes: Axes) -> str:
        variant = line.family.variant
        if variant is None:
            raise ValueError(f"family {line.family.code} has no variants")
        lower = {attribute for level in variant.attributes for attribute in level}
        own = [a for a in line.family.attributes if a not in lower]
        if parent is not None:
            own = [a for a in variant.attributes[0] if a not in variant.attributes[1]]
        self._made.models.append(
            ProductModel(
                code=code,
                family=line.family,
                parent=parent,
                categories=_seasons(line) if parent else _categories(line),
                values=self._values(line, own, axes),
            )
        )
        return code

    def _values(self, line: Line, own: Sequence[str], axes: Axes) -> list[Value]:
        """Return values for the attributes of one level: the axes first, the others as filled."""
        values = [_plain(attribute, choice) for attribute, choice in axes]
        taken = {"sku", "ean", *(attribute.code for attribute, _ in axes)}
        for code in own:
            if code not in taken:
                values += _filled(self._attributes[code], line)
        return values


def _filled(attribute: Attribute, line: Line) -> Iterator[Value]:
    if not line.random.happens(_fill_rate(attribute)):
        return
    for channel, locale in attribute.slots():
        # Nothing is complete: translations come later, some channels are left out.
        if attribute.code == "name" or line.random.happens(0.75 if locale or channel else 1):
            yield Value(attribute, channel, locale, invent(attribute, channel, locale, line))


def _fill_rate(attribute: Attribute) -> float:
    if attribute.code in ALWAYS:
        return 1
    if attribute.kind in {Kind.IMAGE, Kind.FILE}:
        return 0.1
    return 0.15 if attribute.localizable or attribute.scopable else 0.7


def _plain(attribute: Attribute, data: str) -> Value:
    return Value(attribute, None, None, data)


def _suffix(axes: Axes) -> str:
    return "-".join(choice for _, choice in axes)


def _categories(line: Line) -> tuple[str, ...]:
    sub = line.random.choice(line.family.subcategories)
    return tuple(dict.fromkeys((line.family.category, sub, *_seasons(line))))


def _groups(line: Line) -> tuple[str, ...]:
    if not line.random.happens(0.15):
        return ()
    return tuple(sorted(line.random.sample(GROUPS, line.random.randint(1, 2))))


def _seasons(line: Line) -> tuple[str, ...]:
    return (line.random.choice(SEASONS),) if line.random.happens(0.25) else ()
