"""`pimjob-notifier`: sends PimNotifications until SIGTERM, or until the Lease is lost."""

import sys

from pimjob_kube.program import run_program
from pimjob_notifier.metrics import BUILD_INFO
from pimjob_notifier.service import run
from pimjob_notifier.settings import DOCUMENTATION, read_settings


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, and say why it ended."""
    return run_program(
        arguments,
        name="pimjob-notifier",
        about=__doc__,
        documentation=DOCUMENTATION,
        read_settings=read_settings,
        build_info=BUILD_INFO,
        run=run,
    )


if __name__ == "__main__":
    sys.exit(main())
