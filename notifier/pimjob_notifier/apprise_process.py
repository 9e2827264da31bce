"""The process that runs Apprise once: an order on standard input, an answer on standard output.

Each connection of this process is subject to `reach`, by whatever code it is opened, and its
memory is bounded. `people` bounds its time.
"""

import ipaddress
import json
import logging
import re
import resource
import sys
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.plugins import url_to_dict
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.common import SecureMailMode

from pimjob_notifier.reach import ForbiddenAddressError, Reach

MEMORY_BYTES = 128 * 2**20
STATUS = re.compile(r"error=(\d{3})\b")
FORBIDDEN_OPTIONS = frozenset({"verify", "redirect", "pgp", "pgppub", "pgpprv", "wkd", "template"})
"""Of an address: no certificate unchecked, no redirect followed, no file read."""
IN_THE_CLEAR = frozenset({"matrix", "mmost", "rocket"})
"""Schemas that speak HTTP without TLS; the others have no such form."""


class Notes(logging.Handler):
    """Keeps of what Apprise logs only what says nothing about address and secret."""

    def __init__(self) -> None:
        super().__init__()
        self.status: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take the HTTP status out of a record."""
        found = STATUS.search(record.getMessage())
        self.status = found[1] if found else self.status


class Gate:
    """Stands before every connection of this process."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.in_the_clear = False
        self.refusal: str | None = None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse a connection, as an audit hook: an address is numeric by now."""
        if event not in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            return
        address = arguments[1]
        if not isinstance(address, tuple):
            # A message on a connection that was asked about, or a socket of this machine.
            return
        try:
            self._reach.check(str(address[0]), in_the_clear=self.in_the_clear)
        except ForbiddenAddressError as error:
            self.refusal = str(error)
            raise


def main() -> int:
    """Deliver one letter."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    order = json.load(sys.stdin)
    networks = {
        name: tuple(ipaddress.ip_network(text) for text in order[name])
        for name in ("allowed", "denied")
    }
    gate = Gate(Reach(**networks))
    sys.addaudithook(gate)
    error = _deliver(order, gate)
    json.dump({"delivered": error is None, "error": error}, sys.stdout)
    return 0


def _deliver(order: dict[str, Any], gate: Gate) -> str | None:
    """Return why it was not delivered, None if it was."""
    notes = Notes()
    log = logging.getLogger("apprise")
    log.setLevel(logging.WARNING)
    log.addHandler(notes)
    address = url_to_dict(order["url"])  # type: ignore[no-untyped-call] # it has no type for it
    # As Apprise reads them, which splits and trims in ways of its own.
    refused = sorted(FORBIDDEN_OPTIONS.intersection((address or {}).get("qsd", {})))
    if refused:
        return f"The address in the Secret has options that are not taken: {', '.join(refused)}."
    plugin = None if address is None else _plugin(address, order)
    if plugin is None:
        return "The address in the Secret is not understood."
    if not plugin.verify_certificate:
        return "The address in the Secret leaves certificates unchecked."
    gate.in_the_clear = _speaks_in_the_clear(order["url"], plugin)
    if plugin.notify(title=order["title"], body=order["body"], notify_type=NotifyType.INFO):
        return None
    if gate.refusal:
        return f"Not connected: {gate.refusal}."
    return "The server or service did not take it" + (
        f": HTTP {notes.status}." if notes.status else "."
    )


def _plugin(address: dict[str, Any], order: dict[str, Any]) -> NotifyBase | None:
    """Return Apprise's part for an address it has parsed, with our receivers if it is mail."""
    asset = AppriseAsset(
        app_id="PimJobs",
        app_desc="PimJobs",
        app_url="",
        http_redirects=False,
        storage_mode=PersistentStoreMode.MEMORY,
        allow_templates=False,
    )
    # Nothing that somebody calls a job may become markup.
    address["format"] = NotifyFormat.TEXT.value
    if order["to"]:
        address["targets"] = list(order["to"])
        address["headers"] = {"X-PimJobs-Id": order["change"]}
    made: NotifyBase | None = Apprise.instantiate(address, asset=asset)
    return made


def _speaks_in_the_clear(url: str, plugin: NotifyBase) -> bool:
    if isinstance(plugin, NotifyEmail):
        return bool(plugin.secure_mode == SecureMailMode.INSECURE)
    return url.partition("://")[0].lower() in IN_THE_CLEAR


if __name__ == "__main__":
    sys.exit(main())
