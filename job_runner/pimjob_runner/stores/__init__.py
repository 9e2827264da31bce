"""SQLite and PostgreSQL behind one small interface."""

__all__ = [
    "conflicts",
    "copy_text",
    "database",
    "errors",
    "files",
    "joined",
    "migrations",
    "sqlite",
    "text_array",
    "url",
]
