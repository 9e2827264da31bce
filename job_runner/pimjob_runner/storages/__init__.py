"""Where files are: found, read and written, whatever their format."""

__all__ = ["volume"]
