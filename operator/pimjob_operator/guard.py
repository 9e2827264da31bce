"""Runs one reconcile so that nothing it meets stops the others."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

from pimjob_api.logs import about, reference_to
from pimjob_kube.errors import ApiError
from pimjob_operator.metrics import RECONCILE_SECONDS, RECONCILES
from pimjob_operator.queue import Again

log = logging.getLogger("pimjob_operator.reconcile")


async def guarded(
    reconcile: Callable[[str], Awaitable[Again]],
    key: str,
    kind: str,
    found: Mapping[str, Any] | None,
) -> Again:
    """Reconcile a key; never raises: a bad object must not stop the others.

    `found` is the object that it is about, None if it is gone.
    """
    with about(reference_to(kind, found["metadata"] if found else {})):
        return await _guarded(reconcile, key)


async def _guarded(reconcile: Callable[[str], Awaitable[Again]], key: str) -> Again:
    began = perf_counter()
    try:
        again = await reconcile(key)
        RECONCILES.labels("success").inc()
    except ApiError as error:
        log.warning("The reconcile will be tried again: %s", error)
        RECONCILES.labels("retry").inc()
        again = Again(failed=True)
    except Exception:
        log.exception("The reconcile failed")
        RECONCILES.labels("error").inc()
        again = Again(failed=True)
    RECONCILE_SECONDS.observe(perf_counter() - began)
    return again
