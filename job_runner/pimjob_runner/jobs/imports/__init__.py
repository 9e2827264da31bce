"""Imports from flat files, in the format of the reference PIM."""

__all__ = ["product_types", "structure_types"]
