"""The PimNotifications of a namespace, put there as the operator does it."""

import uuid
from dataclasses import dataclass
from typing import Any

from pimjob_api.names import API_VERSION
from support.control_plane import wait_for
from support.notification_rows import row
from support.place import Place
from support.receivers import Receiver


@dataclass(frozen=True)
class Outbox:
    """One namespace's."""

    place: Place

    def notifier(self, **destination: Any) -> str:
        """Create a PimNotifier; return its name."""
        name = f"n-{uuid.uuid4().hex[:8]}"
        self.place.notifier(name, "Failed", **destination)
        return name

    def reader(self, receiver: Receiver) -> "Reader":
        """Create a PimNotifier that tells a receiver."""
        webhook = {"url": receiver.url, "signingKey": {"key": "erp"}}
        return Reader(self, receiver, self.notifier(webhook=webhook))

    def put(self, notifier: str, **spec: Any) -> "Message":
        """Create a PimNotification."""
        message = Message(self.place, f"m-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex)
        body = {
            "apiVersion": API_VERSION,
            "kind": "PimNotification",
            "metadata": {"name": message.name},
            "spec": {**row()["spec"], "id": message.change, "notifier": notifier, **spec},
        }
        self.place.api.create(self.place.path("pimnotifications"), body)
        return message


@dataclass(frozen=True)
class Message:
    """One PimNotification."""

    place: Place
    name: str
    change: str

    @property
    def status(self) -> dict[str, Any]:
        found = self.place.api.get(self.place.path("pimnotifications", self.name))
        status: dict[str, Any] = found.get("status", {})
        return status

    def wait(self, state: str, **fields: Any) -> dict[str, Any]:
        """Return the status once it says this."""
        wanted = {"state": state, **fields}

        def reached() -> dict[str, Any] | None:
            found = self.status
            return found if wanted.items() <= found.items() else None

        found: dict[str, Any] = wait_for(reached, f"{wanted}: {self.status}", seconds=30)
        return found

    def wait_until_removed(self) -> None:
        path = self.place.path("pimnotifications", self.name)
        wait_for(lambda: not self.place.api.exists(path), "it to be removed", seconds=30)

    def resend(self, times: int) -> None:
        path = self.place.path("pimnotifications", self.name)
        self.place.api.patch(path, {"spec": {"resend": times}})


@dataclass(frozen=True)
class Reader:
    """A receiver, and the PimNotifier that tells it."""

    outbox: Outbox
    receiver: Receiver
    notifier: str

    def put(self, **spec: Any) -> Message:
        """Create a PimNotification for it."""
        return self.outbox.put(self.notifier, **spec)
