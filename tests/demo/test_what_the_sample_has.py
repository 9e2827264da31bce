"""The sample shows all that an import can meet."""

from collections import Counter
from itertools import pairwise
from itertools import product as pairs

import pytest
from sample_catalogue.assortment import Assortment, make_assortment, simple_products
from sample_catalogue.attributes import attributes
from sample_catalogue.bad_rows import MISTAKES, MULTI_LINE, bad_rows, scattered
from sample_catalogue.categories import categories
from sample_catalogue.families import families
from sample_catalogue.links import add_links
from sample_catalogue.product_files import good_rows
from sample_catalogue.structure import SELECTS, Attribute, Kind

PRODUCTS = 3000


@pytest.fixture(scope="module")
def assortment() -> Assortment:
    made = make_assortment(PRODUCTS, 2027)
    add_links(made, 2027)
    return made


def flags(attribute: Attribute) -> str:
    if attribute.locales:
        return "locale-specific"
    return f"localizable={attribute.localizable} scopable={attribute.scopable}"


FLAGS = (
    "localizable=False scopable=False",
    "localizable=True scopable=False",
    "localizable=False scopable=True",
    "localizable=True scopable=True",
    "locale-specific",
)


def test_every_type_comes_with_every_combination_of_flags() -> None:
    found = {(a.kind, flags(a)) for a in attributes() if a.kind is not Kind.IDENTIFIER}
    assert found == set(pairs(set(Kind) - {Kind.IDENTIFIER}, FLAGS))


def test_there_is_one_identifier() -> None:
    assert [a.code for a in attributes() if a.kind is Kind.IDENTIFIER] == ["sku"]


def test_attribute_codes_are_unique() -> None:
    assert max(Counter(a.code for a in attributes()).values()) == 1


def test_every_select_has_options_and_nothing_else_has() -> None:
    assert {a.kind for a in attributes() if a.options} == SELECTS
    assert all(a.options for a in attributes() if a.kind in SELECTS)


def test_every_attribute_belongs_to_a_family() -> None:
    used = {code for family in families() for code in family.attributes}
    assert used == {attribute.code for attribute in attributes()}


def test_variants_have_one_level_and_two_one_axis_and_two() -> None:
    shapes = {tuple(len(axes) for axes in f.variant.axes) for f in families() if f.variant}
    assert shapes == {(1,), (2,), (1, 1)}


def test_levels_of_a_variant_hold_their_axes_and_attributes_of_the_family() -> None:
    for family in families():
        if family.variant is None:
            continue
        for axes, own in zip(family.variant.axes, family.variant.attributes, strict=True):
            assert set(axes) <= set(own) <= set(family.attributes)


def test_a_category_comes_after_its_parent() -> None:
    seen: set[str | None] = {None}
    for category in categories():
        assert category.parent in seen
        seen.add(category.code)


def test_families_put_their_products_into_categories_that_exist() -> None:
    known = {category.code for category in categories()}
    for family in families():
        assert {family.category, *family.subcategories} <= known


def test_every_attribute_has_a_value_somewhere(assortment: Assortment) -> None:
    entities = (*assortment.products, *assortment.models)
    used = {value.attribute.code for entity in entities for value in entity.values}
    assert used == {attribute.code for attribute in attributes()}


def test_every_family_has_products_and_variants_have_models(assortment: Assortment) -> None:
    assert {p.family.code for p in assortment.products} == {f.code for f in families()}
    models = {model.code for model in assortment.models}
    parents = {p.parent for p in assortment.products if p.parent}
    assert parents <= models
    assert {m.parent for m in assortment.models if m.parent} <= models


def test_identifiers_and_eans_are_unique(assortment: Assortment) -> None:
    for unique in ("sku", "ean"):
        found = Counter(
            str(value.data)
            for product in assortment.products
            for value in product.values
            if value.attribute.code == unique
        )
        assert len(found) == PRODUCTS
        assert max(found.values()) == 1


def test_axes_tell_the_children_of_a_parent_apart(assortment: Assortment) -> None:
    children = Counter((p.parent, p.code) for p in assortment.products if p.parent)
    assert max(children.values()) == 1


def test_associations_point_to_what_exists_also_further_down(assortment: Assortment) -> None:
    order = {product.code: index for index, product in enumerate(assortment.products)}
    models = {model.code for model in assortment.models}
    forward = 0
    for product in assortment.products:
        for links in product.links.values():
            assert set(links.product_models) <= models
            forward += sum(order[code] > order[product.code] for code in links.products)
        for parts in product.quantities.values():
            assert all(part.identifier in order and part.quantity > 0 for part in parts)
    assert forward > 0


def test_a_sub_model_may_come_before_its_root(assortment: Assortment) -> None:
    order = {model.code: index for index, model in enumerate(assortment.models)}
    early = [m for m in assortment.models if m.parent and order[m.parent] > order[m.code]]
    assert early


def test_a_value_stays_within_its_attribute(assortment: Assortment) -> None:
    for product in assortment.products:
        for value in product.values:
            assert (value.channel, value.locale) in value.attribute.slots()
            longest = value.attribute.max_characters
            assert longest is None or len(str(value.data)) <= longest


def test_a_product_has_values_of_its_family_only(assortment: Assortment) -> None:
    for entity in (*assortment.products, *assortment.models):
        assert {v.attribute.code for v in entity.values} <= set(entity.family.attributes)


def test_there_are_ten_kinds_of_mistakes_five_of_each() -> None:
    found = Counter(row.kind for row in bad_rows(simple_products(20, 2027)))
    assert found == dict.fromkeys(MISTAKES, 5)
    assert len(found) == 10


def test_a_bad_row_has_its_mistake_where_it_says() -> None:
    for row in bad_rows(simple_products(20, 2027)):
        assert row.cells.get(row.column, "") == row.value


def test_some_mistakes_sit_in_records_of_several_lines() -> None:
    kinds = {
        row.kind
        for row in bad_rows(simple_products(20, 2027))
        if row.cells.get("description-en_US-print") == MULTI_LINE
    }
    assert kinds == set(MISTAKES)


def test_bad_rows_are_scattered_over_the_file(assortment: Assortment) -> None:
    bad = bad_rows(simple_products(20, 2027))
    rows = scattered(good_rows(assortment.products), bad)
    marked = {id(row.cells) for row in bad}
    places = [index for index, row in enumerate(rows) if id(row) in marked]
    assert len(rows) == PRODUCTS + 50
    assert min(b - a for a, b in pairwise(places)) > 10
    assert places[0] < PRODUCTS // 10
    assert places[-1] > PRODUCTS * 9 // 10
