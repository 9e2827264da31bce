"""A believable catalogue: structure, products, deliberately bad rows, and what must come of them.

Everything is derived from a seed and nothing else, so two machines write the
same bytes. What an import must make of the files is computed here from the
catalogue's own objects, never by reading the files back and never with code of
the runner: it is the second opinion that the demo compares the database with.
"""
