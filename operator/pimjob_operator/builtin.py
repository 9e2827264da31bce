"""The job types that the runner image brings along, applied when the operator starts.

Their manifests are generated from the runner (`make generate`), so that there
is one declaration of each.
"""

import asyncio
import logging
from collections.abc import Callable
from importlib import resources

import yaml

from pimjob_api.logs import about, reference_to
from pimjob_api.names import MANAGER_OPERATOR
from pimjob_kube import paths
from pimjob_kube.client import Client
from pimjob_kube.errors import ApiError
from pimjob_kube.objects import Object

RETRY_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 300.0
"""One that is refused each time is not to be tried in vain all day."""

log = logging.getLogger("pimjob_operator.builtin")


def builtin_types() -> list[Object]:
    """Return the PimJobTypes that are shipped with the operator."""
    folder = resources.files("pimjob_operator") / "builtin_types"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]


class BuiltinTypes:
    """Those of them that are still to be applied."""

    def __init__(self, client: Client, applied: Callable[[Object], object]) -> None:
        """Have them all to apply. `applied` is told each as the API server has it then."""
        self._client = client
        self._applied = applied
        self._left = builtin_types()

    async def apply(self) -> None:
        """Try to apply each once."""
        applied = await asyncio.gather(*(self._apply(manifest) for manifest in self._left))
        pairs = zip(self._left, applied, strict=True)
        self._left = [manifest for manifest, done in pairs if not done]

    async def run(self) -> None:
        """Apply them all, trying each until it succeeds."""
        wait = RETRY_SECONDS
        while self._left:
            await asyncio.sleep(wait)
            await self.apply()
            wait = min(2 * wait, LONGEST_RETRY_SECONDS)

    async def _apply(self, manifest: Object) -> bool:
        with about(reference_to(manifest["kind"], manifest["metadata"])):
            try:
                path = paths.pimjobtypes(manifest["metadata"]["name"])
                self._applied(await self._client.apply(path, manifest, manager=MANAGER_OPERATOR))
            except ApiError as error:
                log.warning("The built-in type could not be applied: %s", error)
                return False
        return True
