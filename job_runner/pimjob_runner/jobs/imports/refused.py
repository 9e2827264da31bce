"""A row that is right in itself, and yet cannot be written."""


class RefusedRowError(Exception):
    """The row contradicts what is in the catalogue. `role`: of the column, or its attribute."""

    def __init__(self, role: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.role = role
        self.value = value
