"""What the API server can answer, by what the caller can do about it."""

FORBIDDEN = 403


class ApiError(Exception):
    """Any answer that is not success. `status` is HTTP's; 0 if there was no answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class NotFoundError(ApiError):
    """The object, or its namespace, is gone."""


class ConflictError(ApiError):
    """It exists already, or it, or a quota that counts it, has changed since it was read."""

    def __init__(self, status: int, message: str, *, exists: bool = False) -> None:
        super().__init__(status, message)
        self.exists = exists


class RefusedError(ApiError):
    """Forbidden or invalid: trying the same again cannot help. Quota is one of these."""


class UnavailableError(ApiError):
    """Throttled, failing, or not answering: try again later, after `retry_after` seconds."""

    def __init__(self, status: int, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(status, message)
        self.retry_after = retry_after
