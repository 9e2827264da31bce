"""Values of products and models: their types, read from cells and written into them."""
