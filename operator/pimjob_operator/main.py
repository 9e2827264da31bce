"""`pimjob-operator`: runs until SIGTERM, or until the Lease is lost."""

import gc
import logging
import sys

from pimjob_kube.connection import Connection
from pimjob_kube.program import run_program
from pimjob_operator.metrics import BUILD_INFO
from pimjob_operator.service import run
from pimjob_operator.settings import DOCUMENTATION, Settings, read_settings

GARBAGE_THRESHOLD = 10_000


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, and say why it ended."""
    return run_program(
        arguments,
        name="pimjob-operator",
        about=__doc__,
        documentation=DOCUMENTATION,
        read_settings=read_settings,
        build_info=BUILD_INFO,
        run=_run,
    )


async def _run(settings: Settings, connection: Connection) -> None:
    # kopf's own noise about each object.
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
    # Each event is a tree of thousands of short-lived objects without cycles.
    gc.set_threshold(GARBAGE_THRESHOLD)
    await run(settings, connection)


if __name__ == "__main__":
    sys.exit(main())
