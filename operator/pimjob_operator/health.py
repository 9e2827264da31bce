"""Whether the operator is well, and how things are when somebody asks."""

from time import monotonic

from pimjob_kube.lease import Lease
from pimjob_kube.probes import Probes
from pimjob_operator.cache import Cache
from pimjob_operator.gauges import measure_jobs, measure_profiles, measure_releases
from pimjob_operator.ledger import Ledger
from pimjob_operator.metrics import QUEUE_DEPTH
from pimjob_operator.queue import WorkQueue
from pimjob_operator.sweep import Sweeper

SWEEPS_MISSED = 3


class Health(Probes):
    """Healthy means that the watch has been proven alive lately."""

    def __init__(
        self,
        *,
        cache: Cache,
        queue: WorkQueue,
        sweeper: Sweeper,
        lease: Lease,
        ledger: Ledger,
        sweep_seconds: float,
        profiles: bool = False,
    ) -> None:
        """Make one. `profiles`: whether metrics name them."""
        super().__init__(lease)
        self._cache = cache
        self._queue = queue
        self._sweeper = sweeper
        self._ledger = ledger
        self._profiles = profiles
        self._longest = SWEEPS_MISSED * sweep_seconds + 60

    def problem(self) -> str | None:
        """Return what is wrong with this active replica, None if nothing is."""
        if self._sweeper.missed >= SWEEPS_MISSED:
            return "The watch is deaf: full lists keep finding what it did not deliver."
        silent = monotonic() - self._sweeper.last_success
        if silent > self._longest:
            return f"No full list has succeeded for {silent:.0f} s."
        return None

    def measure(self) -> None:
        """Set the metrics that are counted when somebody asks."""
        QUEUE_DEPTH.set(len(self._queue))
        measure_jobs(self._cache, self._ledger)
        measure_releases(self._cache.releases.values())
        if self._profiles:
            measure_profiles(self._cache, self._ledger)
