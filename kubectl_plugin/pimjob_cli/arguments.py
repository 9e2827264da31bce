"""The flags that commands share, and those that are kubectl's own and only passed on."""

import argparse
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from pimjob_api.phases import Phase
from pimjob_cli.errors import UsageError
from pimjob_cli.size import columns

VALUES = {
    "--as": "USER",
    "--as-group": "GROUP",
    "--as-uid": "UID",
    "--cache-dir": "FOLDER",
    "--certificate-authority": "FILE",
    "--client-certificate": "FILE",
    "--client-key": "FILE",
    "--cluster": "NAME",
    "--context": "NAME",
    "--kubeconfig": "FILE",
    "--request-timeout": "TIME",
    "--server": "URL",
    "--tls-server-name": "NAME",
    "--token": "TOKEN",
    "--v": "LEVEL",
}
SWITCHES = ("--disable-compression", "--insecure-skip-tls-verify")
SHORT = {"--server": "-s", "--v": "-v"}
TAKE_A_VALUE = frozenset({*VALUES, *SHORT.values(), "-n", "--namespace"})
FORMATS = ("table", "wide", "json", "yaml", "name")
TEMPLATES = ("jsonpath", "jsonpath-file", "custom-columns", "custom-columns-file", "go-template",
             "go-template-file", "jsonpath-as-json")  # fmt: skip

KEYS = ("started", "name", "label", "type", "user", "phase", "progress", "left", "warnings")
"""What a list can be sorted by."""

KNOWN = {
    "phases": [str(phase) for phase in Phase],
    "formats": [*FORMATS, *(f"{name}=" for name in TEMPLATES[:3:2])],
}
"""What TAB offers without looking it up."""
_HELP_WIDTH = 98

Options = argparse.Namespace


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal, which argparse imports much to find out."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(columns() - 2, _HELP_WIDTH))

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """Return `-o, --output FORMAT` also before Python 3.13."""
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, str(action.metavar or action.dest.upper()))
        if action.choices is not None and action.metavar is None:
            value = "{" + ",".join(map(str, action.choices)) + "}"
        return f"{', '.join(action.option_strings)} {value}"


class Parser(argparse.ArgumentParser):
    """A command's parser. Long flags are written out, as kubectl wants them."""

    def __init__(self, name: str, summary: str = "", examples: str = "") -> None:
        super().__init__(
            prog=f"kubectl pimjob {name}",
            description=summary,
            epilog=examples and f"examples:\n{examples}",
            formatter_class=_Formatter,
            allow_abbrev=False,
        )

    def parse(self, given: Sequence[str]) -> Options:
        """Parse. Flags may stand between names; behind `--` everything is a name."""
        flags, names = self.sort(given)
        # The dashes keep a flag without a value from taking a name for it.
        options, unknown = self.parse_known_args([*flags, "--", *names] if names else flags)
        if unknown:
            typed = (word for word in unknown if word != "--")
            self.error(f"unrecognized arguments: {' '.join(typed)}")
        return options

    def sort(self, given: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the flags, each on its own, with their values, and what is left, each in order."""
        flags: list[str] = []
        names: list[str] = []
        words = iter(given)
        for word in words:
            if word == "--":
                names.extend(words)
            elif not word.startswith("-") or word == "-":
                names.append(word)
            else:
                flags += self.apart(word)
                if self._takes_the_next(flags[-1]):
                    flags.extend(itertools.islice(words, 1))
        return flags, names

    def _takes_the_next(self, word: str) -> bool:
        """Return whether a flag's value is the next word: `--name a`, `-n a`."""
        known = self._option_string_actions
        return word in known and known[word].nargs != 0

    def apart(self, word: str) -> list[str]:
        """Return `-A` and `-n` for `-An`, `-A` and `-nshop` for `-Anshop`."""
        known, found = self._option_string_actions, list[str]()
        while word not in known and word[:1] == "-" and word[1:2] != "-" and word[2:3] != "-":
            action = known.get(word[:2])
            if action is None or action.nargs != 0:
                break
            found.append(word[:2])
            word = f"-{word[2:]}"
        return [*found, word]

    def complete(self, action: argparse.Action, what: str) -> None:
        """Say what TAB offers for an argument: jobs, types and so on."""
        action.completer = what  # type: ignore[attr-defined]


def add_kubectl_flags(parser: Parser) -> None:
    """Accept what is kubectl's own."""
    group = parser.add_argument_group("flags of kubectl, which are passed on")
    namespace = group.add_argument("-n", "--namespace", metavar="NAME", help="where the jobs are")
    parser.complete(namespace, "namespaces")
    for flag, metavar in VALUES.items():
        names = [flag, *([SHORT[flag]] if flag in SHORT else [])]
        action = group.add_argument(
            *names, metavar=metavar, action="append", dest=_dest(flag), help=argparse.SUPPRESS
        )
        if flag == "--context":
            action.help = "which cluster; also --kubeconfig, --as, --server, --token and so on"
            parser.complete(action, "contexts")
    for flag in SWITCHES:
        group.add_argument(flag, action="store_true", dest=_dest(flag), help=argparse.SUPPRESS)


def passed_on(options: Options) -> list[str]:
    """Return what is passed on."""
    given = [
        f"{flag}={value}" for flag in VALUES for value in getattr(options, _dest(flag), None) or ()
    ]
    return [*given, *(flag for flag in SWITCHES if getattr(options, _dest(flag), False))]


def _dest(flag: str) -> str:
    return "kubectl" + flag.replace("-", "_")


def add_filters(parser: Parser) -> None:
    """Accept what chooses jobs."""
    group = parser.add_argument_group("which jobs")
    _many(group, "--name", "WORD", "in label or name; of several words all")
    parser.complete(_many(group, "--type", "TYPE", "a job type"), "types")
    _many(group, "--user", "USER", "launched by somebody (default: you)")
    status = _many(group, "--status", "PHASE", ", ".join(map(str, Phase)), type=_phases)
    parser.complete(status, "phases")
    _many(group, "--profile", "NAME", "launched from a profile")
    group.add_argument("--since", metavar="TIME", type=_seconds, help="launched in the last 2h, 7d")
    group.add_argument(
        *("-l", "--selector"), metavar="LABELS", type=_something, help="labels, as kubectl"
    )
    group.add_argument("--all-users", action="store_true", help="everybody's jobs")
    group.add_argument("-A", "--all-namespaces", action="store_true", help="in all namespaces")


def _many(group: Any, flag: str, metavar: str, help_: str, type: Any = None) -> argparse.Action:  # noqa: A002 - argparse's word
    added: argparse.Action = group.add_argument(
        flag, metavar=metavar, action="extend", default=[], type=type or _values, help=help_
    )
    return added


def _values(given: str) -> list[str]:
    return [value for value in _something(given).split(",") if value.strip()]


def _something(given: str) -> str:
    """Return it; an empty one, as of a variable that is not set, would choose all jobs."""
    if not given.strip(", "):
        raise argparse.ArgumentTypeError("it is empty; leave the flag out to choose by others")
    return given


def _phases(given: str) -> list[Phase]:
    known = {phase.lower(): phase for phase in Phase}
    try:
        return [known[value.lower()] for value in _values(given)]
    except KeyError as error:
        names = ", ".join(map(str, Phase))
        raise argparse.ArgumentTypeError(f"{error.args[0]!r} is none of {names}") from None


def _seconds(given: str) -> int:
    from pimjob_cli import text  # noqa: PLC0415 - start-up time

    try:
        return text.parse_duration(given)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_timeout(parser: Parser, help_: str) -> None:
    """Accept how long to wait."""
    parser.add_argument("--timeout", metavar="TIME", type=_seconds, help=help_)


def has_filters(options: Options) -> bool:
    """Return whether jobs are chosen by more than whose they are."""
    names = ("name", "type", "user", "status", "profile", "selector")
    given = any(getattr(options, name) for name in names)
    return given or options.since is not None or options.all_users


def add_change(parser: Parser, verb: str, *, until: str) -> None:
    """Accept what stop, pause, resume and retry have in common."""
    jobs = parser.add_argument("jobs", nargs="*", metavar="JOB", help="names; without, by filters")
    parser.complete(jobs, f"jobs-to-{verb}")
    add_filters(parser)
    parser.add_argument("--reason", metavar="TEXT", help="why; shown with the job")
    parser.add_argument("-y", "--yes", action="store_true", help="without asking")
    parser.add_argument("--wait", action="store_true", help=f"until the jobs are {until}")
    add_timeout(parser, "how long --wait waits (default: for ever)")
    parser.add_argument(
        "--dry-run",
        choices=("none", "client", "server"),
        default="none",
        help="only say what would be done; server: ask the API server whether it would be allowed",
    )


def add_sort(parser: Parser) -> None:
    """Accept an order."""
    parser.add_argument(
        "--sort", choices=KEYS, help="order of tables and names (default: started, newest first)"
    )
    parser.add_argument("--reverse", action="store_true", help="the other way round")


def add_output(parser: Parser, formats: Iterable[str] = FORMATS) -> None:
    """Accept a format."""
    shown = ", ".join((*formats, *(f"{name}=…" for name in TEMPLATES[:3:2])))
    output = parser.add_argument(
        "-o", "--output", default="table", type=_output, metavar="FORMAT", help=f"one of {shown}"
    )
    parser.complete(output, "formats")
    parser.add_argument("--no-headers", action="store_true", help="of tables")


def _output(given: str) -> str:
    kind, equals, _ = given.partition("=")
    if given in FORMATS or (kind in TEMPLATES and equals):
        return given
    formats = ", ".join((*FORMATS, *(f"{name}=…" for name in TEMPLATES[:3:2])))
    raise argparse.ArgumentTypeError(f"{given!r} is none of {formats}")


def is_table(output: str) -> bool:
    """Return whether a format is ours; the others are kubectl's."""
    return output in {"table", "wide"}


def references(names: Sequence[str], kind: str) -> list[str]:
    """Return the names of NAME or KIND/NAME, as `kubectl get -o name` prints them."""
    found = []
    for given in names:
        before, slash, name = given.rpartition("/")
        singular = before.split(".")[0].lower()
        if slash and singular not in {kind, f"{kind}s", "pj", "prel", "pjt"}:
            raise UsageError(f"{given!r}: write NAME or {kind}/NAME")
        found.append(name)
    return list(dict.fromkeys(found))
