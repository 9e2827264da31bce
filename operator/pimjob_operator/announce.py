"""Posts Events, if that can be done: the status is the truth.

An Event comes before the status that tells the same: after that nobody looks again. Its
name says which change it is about, so that one who starts over cannot tell it twice.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError, ConflictError

EVENT_SECONDS = 2.0
"""How long a status may have to wait for its Event: trouble with Events delays nobody."""

log = logging.getLogger("pimjob_operator.announce")


async def announce(client: Client, event: Mapping[str, Any]) -> None:
    """Post one Event about an object of ours."""
    about = event["involvedObject"]
    try:
        async with asyncio.timeout(EVENT_SECONDS):
            await client.create(paths.events(about["namespace"]), dict(event))
    except ConflictError:
        return
    except (ApiError, TimeoutError) as error:
        log.info("Event %s could not be posted: %r", event["reason"], error)
