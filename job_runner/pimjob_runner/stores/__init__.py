"""SQLite and PostgreSQL behind one small interface."""

__all__ = [
    "conflicts",
    "database",
    "errors",
    "files",
    "joined",
    "migrations",
    "sqlite",
    "text_array",
    "url",
]
