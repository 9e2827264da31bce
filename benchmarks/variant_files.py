"""Files of product models and their variants: the same twenty columns, and a parent."""

from pathlib import Path

from import_files import COLUMNS, product_rows, write_file

FAMILY = "family_0"
_OWN = "tags,price,stock,active,released,ean_text"
VARIANTS_COLUMNS = [*COLUMNS, "parent"]
_COLOR, _WEIGHT = COLUMNS.index("color"), COLUMNS.index("weight")


def write_variant_structure(folder: Path) -> None:
    """Write the family variants: one by a select, one by a measurement, whose values never end."""
    write_file(
        folder / "family_variants.csv",
        ["code", "family", "variant-axes_1", "variant-attributes_1"],
        [
            ["by_color", FAMILY, "color", f"weight,{_OWN}"],
            ["by_weight", FAMILY, "weight", f"color,{_OWN}"],
        ],
    )


def write_models(path: Path, family_variant: str, codes: list[str]) -> None:
    """Write root models with a value of their own."""
    write_file(
        path,
        ["code", "family_variant", "categories", "brand", "name-en_US"],
        (
            [code, family_variant, f"category_{number % 50}", f"brand_{number % 200}", code]
            for number, code in enumerate(codes)
        ),
    )


def write_variants(path: Path, rows: int, *, per_model: int, stock: int) -> None:
    """Write variants of models `model-N`, told apart by their color.

    As in exports of the reference PIM, they carry the values of their models as well.
    """
    write_file(
        path,
        VARIANTS_COLUMNS,
        (
            [
                f"var-{number:07d}", cells[1], FAMILY, *cells[3:_COLOR],
                f"color_{number % per_model}", *cells[_COLOR + 1 :],
                f"model-{number // per_model:06d}",
            ]
            for number, cells in enumerate(product_rows(rows, stock=stock))
        ),
    )  # fmt: skip


def write_children(path: Path, children: range, parents: list[str]) -> None:
    """Write these children of each parent, numbered from 1, told apart by their weight."""
    cells = next(product_rows(1, stock=0))
    write_file(
        path,
        VARIANTS_COLUMNS,
        (
            [
                f"{parent}-{number}", cells[1], FAMILY, *cells[3:_WEIGHT], number,
                *cells[_WEIGHT + 1 :], parent,
            ]
            for parent in parents
            for number in children
        ),
    )  # fmt: skip
