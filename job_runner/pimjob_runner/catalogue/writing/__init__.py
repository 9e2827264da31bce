"""The one place that writes the catalogue; `unit_of_work` is its door."""

__all__ = [
    "claims",
    "entities",
    "links",
    "models",
    "product_table",
    "products",
    "rows",
    "unit_of_work",
]
