"""Why a notification was not delivered, by what can be done about it."""


class DeliveryError(Exception):
    """It was not delivered; the message says why, without addresses and secrets.

    It is tried again, not before `retry_after` seconds. A `final` one is not: the receiver
    has said that it wants none of this.
    """

    def __init__(self, message: str, *, retry_after: float = 0.0, final: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.final = final


class NobodyToTellError(Exception):
    """There is nobody to deliver it to: not a failure, and nothing to try again."""
