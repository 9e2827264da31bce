"""The structure's entities: what they are made of, in files and in the catalogue."""

__all__ = ["all", "entity", "family", "family_variant"]
