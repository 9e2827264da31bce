"""Runs one reconcile so that nothing it meets stops the others."""

import logging
from collections.abc import Awaitable, Callable
from time import perf_counter

from pimjob_kube.errors import ApiError
from pimjob_operator.metrics import RECONCILE_SECONDS, RECONCILES
from pimjob_operator.queue import Again

log = logging.getLogger("pimjob_operator.reconcile")


async def guarded(reconcile: Callable[[str], Awaitable[Again]], key: str) -> Again:
    """Reconcile a key; never raises: a bad object must not stop the others."""
    began = perf_counter()
    try:
        again = await reconcile(key)
        RECONCILES.labels("success").inc()
    except ApiError as error:
        log.warning("Reconcile of %s will be tried again: %s", key, error)
        RECONCILES.labels("retry").inc()
        again = Again(failed=True)
    except Exception:
        log.exception("Reconcile of %s failed", key)
        RECONCILES.labels("error").inc()
        again = Again(failed=True)
    RECONCILE_SECONDS.observe(perf_counter() - began)
    return again
