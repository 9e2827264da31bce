"""A component as a process: its command line, and its life until SIGTERM or a lost Lease."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import Gauge, disable_created_metrics

from pimjob_api import logs
from pimjob_kube.connection import Connection, KubeconfigError, connect
from pimjob_kube.lease import Lease, LeaseLostError
from pimjob_kube.probes import Probes, answering
from pimjob_kube.settings import ComponentSettings, SettingsError

Settings = TypeVar("Settings", bound=ComponentSettings)

log = logging.getLogger("pimjob_kube.program")


def run_program(
    arguments: list[str] | None,
    *,
    name: str,
    about: str | None,
    documentation: str,
    read_settings: Callable[[Mapping[str, str]], Settings],
    build_info: Gauge,
    run: Callable[[Settings, Connection], Coroutine[Any, Any, None]],
) -> int:
    """Parse, run, and say why it ended. Returns the exit code.

    `read_settings` gets the environment and raises SettingsError; `build_info` has a label
    `version`; `run` lasts until it is cancelled.
    """
    parser = argparse.ArgumentParser(
        prog=name,
        description=about,
        epilog=documentation,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--kubeconfig", type=Path, help="run outside a cluster, with this kubeconfig's context"
    )
    options = parser.parse_args(arguments)
    try:
        settings, connection = read_settings(os.environ), connect(options.kubeconfig)
    except (SettingsError, KubeconfigError) as error:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201 - before logging is set up
        return 2
    logs.configure(settings.log_format, settings.log_level)
    # A second series for each counter and histogram, of which nobody asks.
    disable_created_metrics()  # type: ignore[no-untyped-call] # the library has no type for it
    build_info.labels(version("pimjobs")).set(1)
    return asyncio.run(_until_it_ends(run(settings, connection)))


async def serve(
    lease: Lease, probes: Probes, port: int, active: Callable[[], Awaitable[None]]
) -> None:
    """Answer probes; stand by until the Lease is ours, then be active until that ends."""
    async with answering(probes, port):
        try:
            # It may be ours though the answer that says so has not come.
            await lease.acquire()
            probes.active = True
            await active()
        finally:
            await _to_its_end(lease.release())


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait for what must be done, and is soon, though told to end once more meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    task.result()


async def _until_it_ends(work: Coroutine[Any, Any, None]) -> int:
    task = asyncio.ensure_future(work)
    # A library that runs meanwhile may bring a handler of its own.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("Ended on request.")
    except BaseExceptionGroup as group:
        lost, others = group.split(LeaseLostError)
        if lost is None:
            raise
        if others is not None:
            log.exception("What failed beside the Lease:", exc_info=others)
        log.error("%s", _first(lost))  # noqa: TRY400 - no traceback is needed
        return 1
    return 0


def _first(error: BaseException) -> BaseException:
    """Return the first error of a group, of groups in it, too."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
