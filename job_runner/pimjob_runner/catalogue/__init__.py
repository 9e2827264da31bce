"""The catalogue: attributes, families, products, and how values are read and merged."""
