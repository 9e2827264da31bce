"""`pimjob-runner`: run jobs, in a pod or by hand, and describe the types it has."""

import argparse
import os
import sys
from pathlib import Path

EXAMPLES = """\
examples:
  pimjob-runner run import.yaml --data ./data       run a PimJob here, without a cluster
  pimjob-runner run import.yaml --json              the same, result as JSON
  pimjob-runner types                               PimJobTypes of this image, as YAML
  pimjob-runner types --output ./types              the same, one file each

`file:///data/in/products.csv` in a PimJob is DATA/in/products.csv here. Ctrl-C commits the
current chunk and leaves; the same command goes on from there.

exit codes of run: 0 completed, 1 failed or stopped, 2 not a PimJob, 130 interrupted or paused
"""


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and run. What a command needs is imported when it runs."""
    options = _parser().parse_args(arguments)
    if options.command == "run-attempt":
        from pimjob_runner.attempt import run_attempt  # noqa: PLC0415 - start-up time
        from pimjob_runner.reporting.kube import in_cluster  # noqa: PLC0415 - start-up time

        return run_attempt(os.environ, in_cluster)
    if options.command == "types":
        from pimjob_runner.manifests import write_types  # noqa: PLC0415 - start-up time

        return write_types(options.output)
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    from pimjob_runner.local import LocalRun, UsageError, run_local  # noqa: PLC0415 - start-up time
    from pimjob_runner.stores.errors import DatabaseError  # noqa: PLC0415 - start-up time

    database = options.database or f"sqlite:///{(options.data / 'catalog.db').absolute()}"
    try:
        return run_local(
            LocalRun(
                file=options.file,
                data=options.data,
                database_url=database,
                as_json=options.json,
                restart=options.restart,
            )
        )
    except UsageError as error:
        return _complain(error, exit_code=2)
    except DatabaseError as error:
        return _complain(error, exit_code=1)


def _complain(error: Exception, *, exit_code: int) -> int:
    print(f"pimjob-runner: {error}", file=sys.stderr)  # noqa: T201 - its message
    return exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pimjob-runner",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run-attempt", help="run one attempt of a PimJob (called by the operator)")
    run = commands.add_parser("run", help="run a PimJob from a file, without a cluster")
    run.add_argument("file", type=Path, help="YAML of one PimJob")
    run.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("PIMJOB_FILES_URL", "data").removeprefix("file://")),
        help="the files volume (default: PIMJOB_FILES_URL, else ./data)",
    )
    run.add_argument(
        "--database",
        default=os.environ.get("PIMJOB_DATABASE_URL"),
        help="database URL (default: PIMJOB_DATABASE_URL, else DATA/catalog.db)",
    )
    run.add_argument(
        "--restart",
        action="store_true",
        help="begin a new execution even if the last one was interrupted",
    )
    run.add_argument("--json", action="store_true", help="print the result as JSON")
    types = commands.add_parser("types", help="print the PimJobTypes of this runner")
    types.add_argument("--output", type=Path, help="write one file per type into this folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
