"""`kubectl-pimjob`: finds the command, runs it, and turns what went wrong into an exit code."""

import gc
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from pimjob_cli import streams
from pimjob_cli.command_line import COMMANDS, parser_of, split
from pimjob_cli.errors import CliError, ServerError

GARBAGE_THRESHOLD = 200_000
ONLY_READ = frozenset(
    {"list", "get", "watch", "logs", "top", "types", "profiles", "completion", "version"}
)
"""Commands that a reader who has seen enough ends; the others have more to do than to print."""
INTERRUPTED = 130
_UNAUTHORIZED = 401

_HELP = """\
List, watch, stop and more of PimJobs.

usage: kubectl pimjob COMMAND [flags]

commands:
{commands}

`kubectl pimjob COMMAND --help` says more, with examples. kubectl's own flags (-n, --context,
--kubeconfig, --as, …) are passed on.

exit codes: 0 done, 1 not done, 2 asked for wrongly; `wait` and `--wait` have more
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    streams.prepare()
    # A list of jobs is 100,000 objects without cycles.
    gc.set_threshold(GARBAGE_THRESHOLD)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _leave)
    try:
        return _run(given)
    except BrokenPipeError:
        return 0  # whoever reads has seen enough
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        streams.finish()


def _leave(number: int, _frame: object) -> NoReturn:
    """End as if told to by Python itself, so that what was begun is ended."""
    raise SystemExit(128 + number)


def _run(given: list[str]) -> int:
    if given[:1] == ["__complete"]:
        from pimjob_cli import completion  # noqa: PLC0415 - start-up time

        return completion.main(given[1:])
    name, rest = split(given)
    if not name:
        asked = not rest or any(word in {"-h", "--help"} for word in rest)
        (sys.stdout if asked else sys.stderr).write(overview())
        return 0 if asked else 2
    if name == "help":
        name, rest = split([*rest, "--help"])
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        sys.stderr.write(f"error: there is no command {name!r}; there are {known}\n")
        return 2
    return _command(name, rest)


def overview() -> str:
    """Return the help of all commands."""
    rows = "\n".join(f"  {name:<11} {summary}" for name, summary in COMMANDS.items())
    return _HELP.format(commands=rows)


def _command(name: str, rest: list[str]) -> int:
    options = parser_of(name).parse(rest)

    from pimjob_cli.arguments import passed_on  # noqa: PLC0415 - start-up time
    from pimjob_cli.kubectl import Kubectl  # noqa: PLC0415
    from pimjob_cli.session import Session  # noqa: PLC0415
    from pimjob_cli.terminal import terminal  # noqa: PLC0415

    screen = terminal(only_reads=name in ONLY_READ)
    try:
        with Session(screen, Kubectl(passed_on(options)), options.namespace) as session:
            action = importlib.import_module(f"pimjob_cli.actions.{name}")
            code = int(action.run(session, options))
            screen.flush()
            return code
    except CliError as error:
        screen.say(told(error))
        return error.exit_code


def told(error: CliError) -> str:
    """Return an error as kubectl would tell it."""
    from pimjob_cli.text import clean  # noqa: PLC0415 - start-up time

    if isinstance(error, ServerError):
        if error.status == _UNAUTHORIZED:
            return "error: you are not logged in to the server (Unauthorized)"
        return f"Error from server ({clean(error.reason)}): {clean(error)}"
    return f"error: {clean(error)}"


if __name__ == "__main__":
    sys.exit(main())
