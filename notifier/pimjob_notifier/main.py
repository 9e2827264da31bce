"""`pimjob-notifier`: sends PimNotifications until SIGTERM, or until the Lease is lost."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path

from prometheus_client import disable_created_metrics

from pimjob_api import logs
from pimjob_kube.connection import Connection, KubeconfigError, connect
from pimjob_kube.lease import LeaseLostError
from pimjob_notifier.metrics import BUILD_INFO
from pimjob_notifier.service import run
from pimjob_notifier.settings import DOCUMENTATION, Settings, SettingsError, read_settings

log = logging.getLogger("pimjob_notifier")


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, and say why it ended."""
    parser = argparse.ArgumentParser(
        prog="pimjob-notifier",
        description=__doc__,
        epilog=DOCUMENTATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--kubeconfig", type=Path, help="run outside a cluster, with this kubeconfig's context"
    )
    options = parser.parse_args(arguments)
    try:
        settings, connection = read_settings(os.environ), connect(options.kubeconfig)
    except (SettingsError, KubeconfigError) as error:
        print(f"pimjob-notifier: {error}", file=sys.stderr)  # noqa: T201 - before logging is set up
        return 2
    logs.configure(settings.log_format, settings.log_level)
    # A second series for each counter and histogram, of which nobody asks.
    disable_created_metrics()  # type: ignore[no-untyped-call] # the library has no type for it
    BUILD_INFO.labels(version("pimjobs")).set(1)
    return asyncio.run(_guarded(settings, connection))


async def _guarded(settings: Settings, connection: Connection) -> int:
    task = asyncio.ensure_future(run(settings, connection))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("Ended on request.")
    except BaseExceptionGroup as group:
        lost = group.subgroup(LeaseLostError)
        if lost is None:
            raise
        log.error("%s", lost.exceptions[0])  # noqa: TRY400 - no traceback is needed
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
