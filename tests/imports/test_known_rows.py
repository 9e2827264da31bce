"""A row that is known to change nothing is passed by; with all that it rests on it is looked at.

To see which, a product is tampered with: its values are changed behind the catalogue's back,
its version is not. A row that is passed by leaves it so; one that is looked at mends it.
"""

from collections.abc import Callable, Iterable

import pytest

from pimjob_runner.catalogue import fingerprints
from pimjob_runner.catalogue.fingerprints import Fingerprints
from pimjob_runner.catalogue.writing.product_table import Product
from pimjob_runner.engine import chunk_size
from pimjob_runner.formats.line_blocks import line_blocks
from pimjob_runner.jobs.imports.known_rows import KnownRows
from pimjob_runner.stores.errors import ConflictError
from pimjob_runner.stores.url import open_database
from support.catalogue import Catalogue, Result

PRODUCTS = "csv_product_import"
MODELS = "csv_product_model_import"
U = "11111111-2222-4333-8444-55555555555a"
ROWS = "sku;name-en_US;stock\na;one;1\nb;two;2\n"


def nightly(catalogue: Catalogue, text: str = ROWS, **parameters: object) -> Result:
    return catalogue.run(PRODUCTS, text, **parameters)


def execute(catalogue: Catalogue, *statements: str) -> None:
    database = open_database(catalogue.database_url)
    with database.transaction() as transaction:
        for sql in statements:
            transaction.execute(sql)
    database.close()


def query(catalogue: Catalogue, sql: str) -> list[tuple[object, ...]]:
    database = open_database(catalogue.database_url)
    found = database.query(sql)
    database.close()
    return found


def tamper(catalogue: Catalogue) -> None:
    execute(catalogue, "UPDATE product SET raw_values = '{}'")


@pytest.fixture
def imported(catalogue: Catalogue) -> Catalogue:
    """Two products, known by their rows, that are not what they should be any more."""
    assert nightly(catalogue).counters["import"] == {"read": 2, "created": 2}
    tamper(catalogue)
    return catalogue


def test_what_was_created_is_known(imported: Catalogue) -> None:
    result = nightly(imported)
    assert (result.outcome, result.counters["import"]) == ("Completed", {"read": 2, "unchanged": 2})
    assert imported.values("a") == {}


def test_what_was_updated_or_left_alone_is_known(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;stock\na;9\nb;2\n")
    result = nightly(catalogue, "sku;stock\na;1\nb;2\n")
    assert result.counters["import"] == {"read": 2, "updated": 1, "unchanged": 1}
    tamper(catalogue)
    assert nightly(catalogue, "sku;stock\na;1\nb;2\n").counters["import"]["unchanged"] == 2
    assert (catalogue.values("a"), catalogue.values("b")) == ({}, {})


def many(count: int = 400) -> list[str]:
    return [f"p{n};{n % 1000}\n" for n in range(count)]


def own_block(cells: str) -> str:
    """Return a row that ends a block, so that the rows after it are in one as they were."""
    return next(line for n in range(1_000) if ends_block(line := f"{cells};{n}\n"))


def ends_block(line: str) -> bool:
    return bool(list(line_blocks([line.encode()], False)))  # noqa: FBT003 - not the file's last


def text_of(lines: list[str]) -> str:
    return "sku;stock\n" + "".join(lines)


def looked_at(catalogue: Catalogue) -> int:
    """How many products have values again that were tampered with."""
    ((found,),) = query(catalogue, "SELECT count(*) FROM product WHERE version > 1")
    return int(str(found))


@pytest.mark.parametrize("first", [0, 150, 399])
def test_one_other_line_is_looked_at_with_its_neighbours_only(
    catalogue: Catalogue, first: int
) -> None:
    lines = many()
    nightly(catalogue, text_of(lines))
    tamper(catalogue)
    lines[first] = f"p{first};77777\n"
    result = nightly(catalogue, text_of(lines))
    assert result.counters["import"]["read"] == 400
    assert 1 <= looked_at(catalogue) <= 64


def test_lines_that_are_new_or_gone_hide_their_neighbours_only(catalogue: Catalogue) -> None:
    lines = many()
    nightly(catalogue, text_of(lines))
    tamper(catalogue)
    lines.insert(300, "new;1\n")
    del lines[100]
    result = nightly(catalogue, text_of(lines))
    assert (result.counters["import"]["read"], result.counters["import"]["created"]) == (400, 1)
    assert looked_at(catalogue) <= 128


def test_a_record_of_two_lines_is_known(catalogue: Catalogue) -> None:
    text = 'sku;note-ecommerce\na;"two\nlines"\n\nb;"one"\nc;x\n'
    assert nightly(catalogue, text).counters["import"] == {"read": 3, "created": 3}
    tamper(catalogue)
    assert nightly(catalogue, text).counters["import"] == {"read": 3, "unchanged": 3}
    assert catalogue.values("a") == {}


def test_cells_in_quotes_are_known_until_a_quote_begins_a_longer_record(
    catalogue: Catalogue,
) -> None:
    nightly(catalogue, 'sku;note-ecommerce\na;"one"\nb;"two"\nc;three\n')
    tamper(catalogue)
    text = 'sku;note-ecommerce\na;"one"\nb;"two"\nc;three\n'
    assert nightly(catalogue, text).counters["import"] == {"read": 3, "unchanged": 3}
    assert catalogue.values("b") == {}
    text = 'sku;note-ecommerce\na;"one\nb;""two""\nc;three\n"\n'
    assert nightly(catalogue, text).counters["import"] == {"read": 1, "updated": 1}


def by_another_file(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;active\na;1\nb;1\n")


def by_associations(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;X_SELL-products\na;b\nb;a\n")


def by_a_deletion(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku\nother\n")
    execute(catalogue, "DELETE FROM product WHERE identifier = 'other'")


def by_a_deleted_model(catalogue: Catalogue) -> None:
    catalogue.run(MODELS, "code;family_variant\nm;by_color\n")
    execute(catalogue, "DELETE FROM product_model WHERE code = 'm'")


def by_a_new_category(catalogue: Catalogue) -> None:
    catalogue.run("csv_category_import", "code;parent\nhats;shop\n")


def by_another_rule(catalogue: Catalogue) -> None:
    catalogue.run("csv_attribute_import", "code;type;max_characters\nname;pim_catalog_text;20\n")


def by_a_group_that_is_gone(catalogue: Catalogue) -> None:
    execute(catalogue, "DELETE FROM product_group WHERE code = 'clearance'")


def by_other_units(catalogue: Catalogue) -> None:
    execute(catalogue, 'UPDATE measurement_family SET data = \'{"units":["GRAM"]}\'')


def by_other_locales(catalogue: Catalogue) -> None:
    data = '{"currencies":["EUR"],"locales":["en_US"]}'
    execute(catalogue, f"UPDATE channel SET data = '{data}' WHERE code = 'print'")  # noqa: S608 - constants


@pytest.mark.parametrize(
    "change",
    [
        by_another_file,
        by_associations,
        by_a_deletion,
        by_a_deleted_model,
        by_a_new_category,
        by_another_rule,
        by_a_group_that_is_gone,
        by_other_units,
        by_other_locales,
    ],
)
def test_a_change_of_the_catalogue(
    imported: Catalogue, change: Callable[[Catalogue], None]
) -> None:
    change(imported)
    assert nightly(imported).counters["import"] == {"read": 2, "updated": 2}


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        (ROWS.replace("one", "ONE").replace("two", "TWO"), {}),
        (ROWS.replace("\n", "\r\n"), {}),
        (ROWS.replace("stock", "STOCK"), {}),
        ("sku;stock;name-en_US\na;1;one\nb;2;two\n", {}),
        (ROWS.replace(";", ","), {"delimiter": ","}),
        ("sep=,\n" + ROWS.replace(";", ","), {}),
        (ROWS, {"enclosure": "'"}),
        (ROWS, {"decimalSeparator": ","}),
        (ROWS, {"dateFormat": "dd.MM.yyyy"}),
        (ROWS, {"familyColumn": "range"}),
        (ROWS, {"categoriesColumn": "tree"}),
        (ROWS, {"groupsColumn": "sets"}),
        (ROWS, {"enabled": False}),
        (ROWS, {"enabledComparison": False}),
    ],
)
def test_another_line_header_or_parameter(
    imported: Catalogue, text: str, parameters: dict[str, object]
) -> None:
    assert nightly(imported, text, **parameters).counters["import"] == {"read": 2, "updated": 2}


def test_an_option_of_its_columns(catalogue: Catalogue) -> None:
    text = "sku;color\na;red\n"
    for code, counter in (("green", "updated"), ("small", "unchanged")):
        nightly(catalogue, text)
        tamper(catalogue)
        attribute = "color" if code == "green" else "size"
        catalogue.run("csv_attribute_option_import", f"attribute;code\n{attribute};{code}\n")
        assert nightly(catalogue, text).counters["import"] == {"read": 1, counter: 1}


def test_the_largest_size_has_no_effect_on_rows(imported: Catalogue) -> None:
    assert nightly(imported, maxMegabytes=1).counters["import"]["unchanged"] == 2


def test_without_comparison_nothing_is_remembered(catalogue: Catalogue) -> None:
    nightly(catalogue, enabledComparison=False)
    assert query(catalogue, "SELECT id FROM row_fingerprint") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_product_whose_uuid_is_none_is_looked_at_each_time(catalogue: Catalogue) -> None:
    """PostgreSQL takes UUIDs only."""
    text = "sku;stock\na;1\n"
    catalogue.run(PRODUCTS, text)
    execute(catalogue, "UPDATE product SET uuid = 'by hand'", "DELETE FROM row_fingerprint")
    assert nightly(catalogue, text).counters["import"] == {"read": 1, "unchanged": 1}
    assert query(catalogue, "SELECT id FROM row_fingerprint") == []


def test_a_product_that_was_deleted_is_created(imported: Catalogue) -> None:
    execute(imported, "DELETE FROM product WHERE identifier = 'a'")
    assert nightly(imported).counters["import"] == {"read": 2, "created": 1, "updated": 1}


def test_a_product_that_was_deleted_and_made_anew_under_its_uuid(catalogue: Catalogue) -> None:
    text = f"uuid;sku;stock\n{U};a;1\n"
    nightly(catalogue, text)
    execute(catalogue, "DELETE FROM product")
    catalogue.run(PRODUCTS, f"uuid;sku;stock\n{U};a;2\n")
    assert query(catalogue, "SELECT version FROM product") == [(1,)]
    assert nightly(catalogue, text).counters["import"] == {"read": 1, "updated": 1}


def test_a_variant_whose_parent_is_gone_is_refused(catalogue: Catalogue) -> None:
    catalogue.run(MODELS, "code;family_variant\nm;by_color\n")
    text = "sku;parent;color\na;m;red\n"
    assert nightly(catalogue, text).counters["import"] == {"read": 1, "created": 1}
    assert nightly(catalogue, text).counters["import"] == {"read": 1, "unchanged": 1}
    execute(catalogue, "DELETE FROM product_model")
    assert nightly(catalogue, text).counters["import"] == {"read": 1, "invalid": 1}


def test_refused_rows_and_rows_with_a_note_are_looked_at_each_time(catalogue: Catalogue) -> None:
    text = 'sku;name-en_US;stock\na;"one\ntwo";1\nb;far too long;2\nc;;many\nd;;3\n'
    first = nightly(catalogue, text)
    assert first.counters["import"] == {"read": 4, "created": 2, "invalid": 2}
    assert {sample["line"] for sample in first.of_rows} == {2, 4, 5}
    again = nightly(catalogue, text)
    assert again.counters["import"] == {"read": 4, "unchanged": 2, "invalid": 2}
    assert (again.of_rows, again.invalid) == (first.of_rows, first.invalid)


def test_what_the_writer_refused_is_tried_again(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;ean\nowner;1\n")
    text = "sku;ean\na;1\nb;2\n"
    assert nightly(catalogue, text).counters["import"] == {"read": 2, "created": 1, "invalid": 1}
    catalogue.run(PRODUCTS, "sku;ean\nowner;3\n")
    assert nightly(catalogue, text).counters["import"] == {"read": 2, "created": 1, "unchanged": 1}


@pytest.mark.parametrize("chunk", [1, 100])
def test_a_product_twice_in_a_file(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    for bound in ("FIRST", "LARGEST", "SMALLEST"):
        monkeypatch.setattr(chunk_size, bound, chunk)
    text = "sku;stock\na;1\nb;7\na;2\n"
    assert nightly(catalogue, text).counters["import"] == {"read": 3, "created": 2, "updated": 1}
    for _ in range(2):
        again = nightly(catalogue, text)
        assert again.counters["import"] == {"read": 3, "updated": 2, "unchanged": 1}
    assert catalogue.values("a")["stock"] == {"<all_channels>": {"<all_locales>": "2"}}


def test_the_same_row_twice_in_a_file_is_known(catalogue: Catalogue) -> None:
    text = "sku;stock\na;1\na;1\nc;1\n"
    nightly(catalogue, text)
    assert nightly(catalogue, text).counters["import"] == {"read": 3, "unchanged": 3}
    tamper(catalogue)
    assert nightly(catalogue, text).counters["import"] == {"read": 3, "unchanged": 3}
    assert catalogue.values("a") == {}


def test_the_same_product_twice_is_not_taken_for_its_neighbour(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;stock\na;1\nb;1\nc;1\n")
    catalogue.run(PRODUCTS, "sku;stock\nc;2\n")
    text = "sku;stock\na;1\nc;2\nc;2\n"
    assert nightly(catalogue, text).counters["import"] == {"read": 3, "unchanged": 3}
    # The versions of a, b and c are as many in all as those of a, c and c were.
    catalogue.run(PRODUCTS, "sku;stock\nc;3\n")
    result = nightly(catalogue, text)
    assert result.counters["import"] == {"read": 3, "updated": 1, "unchanged": 2}


def test_a_row_before_it_changes_the_product_of_a_known_row(catalogue: Catalogue) -> None:
    nightly(catalogue, "sku;stock\na;1\nb;2\n")
    result = nightly(catalogue, f"sku;stock\n{own_block('A')}a;1\nb;2\n")
    assert result.counters["import"] == {"read": 3, "updated": 2, "unchanged": 1}
    assert catalogue.values("a")["stock"] == {"<all_channels>": {"<all_locales>": "1"}}


def test_a_row_gives_the_product_of_a_known_row_another_identifier(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, f"uuid;sku\n{U};a\n")
    text = "uuid;sku;stock\n;a;1\n;b;2\n"
    nightly(catalogue, text)
    result = nightly(catalogue, f"uuid;sku;stock\n{own_block(f'{U};c')};a;1\n;b;2\n")
    assert result.counters["import"] == {"read": 3, "updated": 1, "created": 1, "unchanged": 1}
    assert set(catalogue.products()) == {"a", "b", "c"}


def test_a_row_in_another_spelling_is_looked_at_each_time(catalogue: Catalogue) -> None:
    catalogue.run(PRODUCTS, "sku;stock\na;1\n")
    nightly(catalogue, "sku;stock\nA;1\n")
    # Older runners could create what differs by its case only.
    columns = "identifier, family, parent, enabled, categories, groups, associations"
    columns += ", quantified_associations, version"
    execute(
        catalogue,
        f"INSERT INTO product (uuid, raw_values, {columns}) SELECT '{U}', '{{}}',"  # noqa: S608 - constants
        f" 'A', {columns.partition(', ')[2]} FROM product",
    )
    assert nightly(catalogue, "sku;stock\nA;1\n").counters["import"] == {"read": 1, "updated": 1}


def test_lines_that_have_moved_are_known(catalogue: Catalogue) -> None:
    lines = many(6_000)
    nightly(catalogue, text_of(lines))
    tamper(catalogue)
    moved = [*lines[3_000:], "new;1\n", *lines[:2_900]]
    result = nightly(catalogue, text_of(moved))
    counters = result.counters["import"]
    assert (counters["read"], counters["created"]) == (5_901, 1)
    assert looked_at(catalogue) <= 300
    again = nightly(catalogue, text_of(moved))
    assert again.counters["import"] == {"read": 5_901, "unchanged": 5_901}


def test_a_file_of_another_name_is_known(catalogue: Catalogue) -> None:
    assert nightly(catalogue, ROWS).counters["import"] == {"read": 2, "created": 2}
    tamper(catalogue)
    files = {path.name for path in (catalogue.data / "in").iterdir()}
    assert nightly(catalogue, ROWS).counters["import"] == {"read": 2, "unchanged": 2}
    assert len({path.name for path in (catalogue.data / "in").iterdir()} - files) == 1


def test_of_two_files_that_take_turns_both_are_known(catalogue: Catalogue) -> None:
    texts = (ROWS, ROWS.replace("a;", "c;").replace("b;", "d;"))
    for text in texts:
        nightly(catalogue, text)
    tamper(catalogue)
    for text in texts:
        assert nightly(catalogue, text).counters["import"] == {"read": 2, "unchanged": 2}
    assert catalogue.values("a") == catalogue.values("c") == {}


def test_what_is_known_as_a_whole_is_not_written_again(imported: Catalogue) -> None:
    before = query(imported, "SELECT id, used FROM row_fingerprint")
    nightly(imported)
    assert query(imported, "SELECT id, used FROM row_fingerprint") == before


def test_what_was_used_longest_ago_makes_room(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "MOST_RECORDS", 4)
    texts = [f"sku;stock\na{n};1\nb{n};2\n" for n in range(3)]
    nightly(catalogue, texts[0])
    nightly(catalogue, texts[1])
    execute(catalogue, "UPDATE row_fingerprint SET used = used - 7200")
    nightly(catalogue, texts[0])
    nightly(catalogue, texts[2])
    tamper(catalogue)
    for number, counter in ((0, "unchanged"), (2, "unchanged"), (1, "updated")):
        again = nightly(catalogue, texts[number]).counters["import"]
        assert again == {"read": 2, counter: 2}


def test_what_another_job_has_forgotten_meanwhile_is_looked_at(
    imported: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Fingerprints.load

    def forgotten(self: Fingerprints, places: Iterable[tuple[int, int]]) -> None:
        self._transaction.execute("DELETE FROM row_fingerprint")
        load(self, places)

    monkeypatch.setattr(Fingerprints, "load", forgotten)
    assert nightly(imported).counters["import"] == {"read": 2, "updated": 2}


def test_what_another_basis_has_in_its_place_is_looked_at(
    imported: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Fingerprints.load

    def replaced(self: Fingerprints, places: Iterable[tuple[int, int]]) -> None:
        self._transaction.execute("UPDATE row_fingerprint SET basis = 'of another header'")
        load(self, places)

    monkeypatch.setattr(Fingerprints, "load", replaced)
    assert nightly(imported).counters["import"] == {"read": 2, "updated": 2}


def test_all_rows_of_a_block_are_looked_at_however_long_they_are(catalogue: Catalogue) -> None:
    lines = [line_of(n, length=400_000, ends_a_block=n == 15) for n in range(16)]
    text = "sku;stock\n" + "".join(lines)
    assert nightly(catalogue, text).counters["import"] == {"read": 16, "created": 16}
    execute(catalogue, "UPDATE product SET raw_values = '{}', version = version + 1")
    assert nightly(catalogue, text).counters["import"] == {"read": 16, "updated": 16}


def line_of(number: int, *, length: int, ends_a_block: bool) -> str:
    lines = (f'"p{number}";{n}{";" * length}\n' for n in range(1_000))
    return next(line for line in lines if ends_block(line) is ends_a_block)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_another_job_renames_a_product_while_known_rows_are_looked_at_after_all(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    nightly(catalogue, "sku;stock\na;1\nb;2\n")
    look_at = KnownRows.look_at
    names = [("b", "c"), ("a", "b")]

    def renamed(self: KnownRows, products: Iterable[Product]) -> bool:
        while names:
            old, new = names.pop(0)
            sets = f"identifier = '{new}', identifier_key = '{new}', version = version + 1"
            execute(catalogue, f"UPDATE product SET {sets} WHERE identifier = '{old}'")  # noqa: S608 - constants
        return look_at(self, products)

    monkeypatch.setattr(KnownRows, "look_at", renamed)
    result = nightly(catalogue, f"sku;stock\n{own_block('A')}a;1\nb;2\n")
    assert result.counters["import"] == {"read": 3, "created": 1, "updated": 2}
    assert set(catalogue.products()) == {"A", "b", "c"}


def test_after_a_conflict_all_rows_are_looked_at_and_so_locked_in_one_order(
    imported: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Fingerprints.load
    left = [ConflictError("another job got in the way")]

    def met(self: Fingerprints, places: Iterable[tuple[int, int]]) -> None:
        if left:
            raise left.pop()
        load(self, places)

    monkeypatch.setattr(Fingerprints, "load", met)
    assert nightly(imported).counters["import"] == {"read": 2, "updated": 2}


def test_a_row_with_a_note_is_looked_at_each_time_also_beside_a_column_without_a_name(
    catalogue: Catalogue,
) -> None:
    text = 'sku;;name-en_US\na;;"one\ntwo"\nb;;three\n'
    for _ in range(2):
        (sample,) = nightly(catalogue, text).of_rows
        assert (sample["line"], sample["value"]) == (2, "one two")


def test_what_is_known_is_not_written_again_wherever_chunks_end(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = text_of(many())
    nightly(catalogue, text)
    execute(catalogue, "UPDATE row_fingerprint SET used = 0")
    before = query(catalogue, "SELECT id, records FROM row_fingerprint")
    for bound in ("FIRST", "LARGEST", "SMALLEST"):
        monkeypatch.setattr(chunk_size, bound, 100)
    nightly(catalogue, text)
    assert query(catalogue, "SELECT id, records FROM row_fingerprint WHERE used > 0") == before


def test_what_is_refused_each_time_lets_nothing_be_written_again(catalogue: Catalogue) -> None:
    text = f"sku;parent;stock\n{own_block('a;')}b;nobody;2\nc;;3\n"
    for _ in range(3):
        nightly(catalogue, text)
        assert len(query(catalogue, "SELECT id FROM row_fingerprint")) == 1


def test_what_was_remembered_last_counts(catalogue: Catalogue) -> None:
    text = text_of(many())
    for _ in range(6):
        nightly(catalogue, text)
        nightly(catalogue, text)
        execute(catalogue, "UPDATE product SET version = version + 1")
    nightly(catalogue, text)
    tamper(catalogue)
    assert nightly(catalogue, text).counters["import"] == {"read": 400, "unchanged": 400}
    assert catalogue.values("p1") == {}
