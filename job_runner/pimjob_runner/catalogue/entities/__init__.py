"""The structure's entities: what they are made of, in files and in the catalogue."""
