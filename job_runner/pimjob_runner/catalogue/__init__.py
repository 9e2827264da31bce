"""The catalogue: attributes, families, products, and how values are read and merged."""

__all__ = [
    "checked_files",
    "codes",
    "entities",
    "fingerprints",
    "header",
    "header_error",
    "ignored_columns",
    "legible",
    "refusal",
    "schema",
    "structure",
    "values",
    "writing",
]
