"""What ends a command, by what its caller can do about it.

CliError            said on standard error, exit code 1
├── UsageError      asked for wrongly, exit code 2
├── UnreachableError    kubectl or the API server did not answer
└── ServerError     the API server refused, in its own words
    └── MissingKindError    the cluster does not have this kind
"""

_NOT_FOUND = 404
_BUSY = 429
_SERVER_ERROR = 500


class CliError(Exception):
    """Ends the command with a message."""

    exit_code = 1


class UsageError(CliError):
    """The command line does not say what can be done."""

    exit_code = 2


class UnreachableError(CliError):
    """There was no answer."""


class ServerError(CliError):
    """The API server's refusal. `reason` is its word, such as Forbidden or NotFound."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    @property
    def is_missing(self) -> bool:
        """Whether what was asked for is not there."""
        return self.status == _NOT_FOUND


def may_pass(error: CliError) -> bool:
    """Return whether it may be over soon: no answer, or one for which the server could not.

    What was asked for may have been done.
    """
    busy = isinstance(error, ServerError) and (
        error.status >= _SERVER_ERROR or error.status == _BUSY
    )
    return busy or isinstance(error, UnreachableError)


class MissingKindError(ServerError):
    """The API server serves no such kind."""
