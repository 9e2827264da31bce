"""The job types that the runner image brings along, applied when the operator starts.

Their manifests are generated from the runner (`make generate`), so that there
is one declaration of each.
"""

import asyncio
import logging
from importlib import resources
from typing import Any

import yaml

from pimjob_api.logs import about, reference_to
from pimjob_api.names import MANAGER_OPERATOR
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError

RETRY_SECONDS = 10.0

log = logging.getLogger("pimjob_operator.builtin")


def builtin_types() -> list[dict[str, Any]]:
    """Return the PimJobTypes that are shipped with the operator."""
    folder = resources.files("pimjob_operator") / "builtin_types"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]


async def apply_builtin_types(client: Client) -> None:
    """Apply them all, trying each until it succeeds."""
    left = builtin_types()
    while left:
        left = [manifest for manifest in left if not await _apply(client, manifest)]
        if left:
            await asyncio.sleep(RETRY_SECONDS)


async def _apply(client: Client, manifest: dict[str, Any]) -> bool:
    with about(reference_to(manifest["kind"], manifest["metadata"])):
        try:
            path = paths.pimjobtypes(manifest["metadata"]["name"])
            await client.apply(path, manifest, manager=MANAGER_OPERATOR)
        except ApiError as error:
            log.warning("The built-in type could not be applied: %s", error)
            return False
    return True
