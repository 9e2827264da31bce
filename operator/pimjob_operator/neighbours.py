"""Other operators in the cluster, whose scopes may overlap with that of this one.

Each job is looked after by one: the one that was first to write its status, which is named there
by its namespace. That stays so until somebody clears the field. Nothing is concluded from silence:
an operator that is away for an hour is not to find its jobs with another version.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pimjob_api.names import KIND_PIMJOB
from pimjob_kube.client import Client
from pimjob_operator.announce import announce
from pimjob_operator.core.bodies import event_body
from pimjob_operator.core.status import text

OTHER_OPERATOR = "OtherOperator"
REMEMBERED = 10_000

Object = Mapping[str, Any]

log = logging.getLogger("pimjob_operator.neighbours")


class Neighbours:
    """Knows which jobs are theirs, and says so once of each."""

    def __init__(self, client: Client, own: str) -> None:
        """Make one. `own`: the namespace of this operator, and of its Lease."""
        self._client = client
        self._own = own
        self._told: dict[tuple[str, str], None] = {}

    async def look_after(self, pimjob: Object) -> bool:
        """Whether a PimJob is one of theirs: then it must be left alone."""
        owner = (pimjob.get("status") or {}).get("operator", self._own)
        if owner == self._own:
            return False
        told = (pimjob["metadata"]["uid"], owner)
        if told not in self._told:
            await self._tell(pimjob, owner)
            self._told[told] = None
            if len(self._told) > REMEMBERED:
                del self._told[next(iter(self._told))]
        return True

    async def _tell(self, pimjob: Object, owner: str) -> None:
        metadata = pimjob["metadata"]
        message = (
            f"The operator in namespace {self._own} leaves it alone: the one in {owner} looks after"
            f" it. If that one is gone for good: kubectl -n {metadata['namespace']} patch pimjob"
            f" {metadata['name']} --subresource=status --type=merge -p"
            ' \'{"status":{"operator":null}}\''
        )
        log.warning("%s", message)
        event = event_body(
            pimjob, KIND_PIMJOB, f"otheroperator.{self._own}", severity="Warning",
            reason=OTHER_OPERATOR, message=message, now=text(datetime.now(UTC)),
        )  # fmt: skip
        await announce(self._client, event)
