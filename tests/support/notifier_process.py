"""The notifier as a process of its own, as users run it."""

import base64
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from support.control_plane import free_port, process, wait_for
from support.operator_process import OperatorProcess
from support.place import Place

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
SECRET = "pimjob-notifications"  # noqa: S105 - a Secret's name


@contextlib.contextmanager
def notifier_process(
    kubeconfig: Path, log: Path, place: Place, **settings: str
) -> Iterator[OperatorProcess]:
    """Run a notifier of a place for as long as the block lasts. It may send to loopback."""
    port = free_port()
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PIMJOB_")},
        "PIMJOB_WATCH_NAMESPACES": place.namespace,
        "PIMJOB_NAMESPACE": place.namespace,
        "PIMJOB_IDENTITY": "notifier",
        "PIMJOB_PORT": str(port),
        "PIMJOB_LOG_FORMAT": "console",
        "PIMJOB_ALLOWED_CIDRS": "127.0.0.0/8",
        **{f"PIMJOB_{key.upper()}": value for key, value in settings.items()},
    }
    command = (sys.executable, "-m", "pimjob_notifier.main", f"--kubeconfig={kubeconfig}")
    with process(log, *command, env=env) as running:
        found = OperatorProcess(running, port, log)
        wait_for(lambda: found.get("/readyz") == (200, "active"), f"a notifier; see {log}")
        yield found


def keep_secret(place: Place, **values: str) -> None:
    """Create the namespace's Secret of notifiers."""
    body = {"metadata": {"name": SECRET}, "stringData": {"erp": KEY, **values}}
    place.api.create(place.path("secrets"), body)
