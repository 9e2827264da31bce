"""Variants, ten of each model, beside simple products."""

from import_figures import Figure
from import_lab import FAMILY_VARIANTS, MODELS, PRODUCTS, Lab
from ratio_simple import Simple, beside
from variant_files import write_models, write_variant_structure, write_variants

PER_MODEL = 10


def measure_variants(lab: Lab, rows: int, simple: Simple) -> list[Figure]:
    """Create variants, import them from a file with another stock, and that again."""
    write_variant_structure(lab.folder)
    lab.run(FAMILY_VARIANTS, "family_variants.csv")
    codes = [f"model-{number:06d}" for number in range(-(-rows // PER_MODEL))]
    write_models(lab.file("models.csv"), "by_color", codes)
    lab.run(MODELS, "models.csv")
    write_variants(lab.file("variants.csv"), rows, per_model=PER_MODEL, stock=0)
    write_variants(lab.file("variants_changed.csv"), rows, per_model=PER_MODEL, stock=1)
    found: list[Figure] = []
    for doing, file in (
        ("created", "variants.csv"),
        ("repeated", "variants.csv"),
        ("changed", "variants_changed.csv"),
    ):
        rates = lab.run(PRODUCTS, file).rows_per_second, lab.plain(file)
        found += beside(f"variants, {PER_MODEL} per model, {doing}", rates, simple, doing, "0.5")
    return found
