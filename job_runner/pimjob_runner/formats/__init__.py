"""How records are written in files. Knows no storage, no job and no catalogue."""

__all__ = [
    "csv_count",
    "csv_dialect",
    "csv_records",
    "csv_write",
    "errors",
    "record_file",
    "records",
]
