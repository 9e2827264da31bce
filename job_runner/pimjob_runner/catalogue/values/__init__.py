"""Values of products and models: their types, read from cells and written into them."""

__all__ = ["cells", "expressions", "numbers", "types", "value_mapping", "value_type"]
