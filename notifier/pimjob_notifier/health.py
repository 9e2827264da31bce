"""Whether the notifier is well, and how things are when somebody asks."""

from pimjob_kube.lease import Lease
from pimjob_kube.probes import Probes
from pimjob_notifier.metrics import measure
from pimjob_notifier.rows import Rows

LONGEST_SILENCE_SECONDS = 600.0
"""The API server says something at least once a minute; nobody restarts for a short outage."""


class Health(Probes):
    """Healthy means that new PimNotifications are heard of, in each namespace."""

    def __init__(self, *, rows: Rows, lease: Lease) -> None:
        super().__init__(lease)
        self._rows = rows

    def problem(self) -> str | None:
        """Return what is wrong with this active replica, None if nothing is."""
        namespace, silent = self._rows.most_silent()
        if silent > LONGEST_SILENCE_SECONDS:
            of = "" if namespace is None else f" of namespace {namespace}"
            return f"The watch{of} has been silent for {silent:.0f} s."
        return None

    def measure(self) -> None:
        """Set the metrics that are counted when somebody asks."""
        measure(self._rows.all())
