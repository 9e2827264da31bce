"""What can go wrong with a database, by what the caller can do about it."""


class DatabaseError(Exception):
    """Base of the errors below."""


class ConflictError(DatabaseError):
    """Another transaction got in the way. The whole transaction may be tried again at once."""


class DatabaseUnavailableError(DatabaseError):
    """Trying again later may help: connection lost, locked for too long, disk full."""


class LockedError(DatabaseUnavailableError):
    """Somebody else has held a lock for too long."""


class DatabaseMisconfiguredError(DatabaseError):
    """Trying again cannot help: wrong URL, network file system, no permission."""
