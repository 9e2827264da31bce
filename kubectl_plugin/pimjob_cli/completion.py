"""What TAB offers: `kubectl_complete-pimjob`, which kubectl calls with the words behind `pimjob`.

Prints a candidate a line, a tab and a description if it has one, at last a colon and what
the shell shall do: 4, offer no files. Says nothing when something is wrong.
"""

import argparse
import contextlib
import io
import sys
from collections.abc import Iterable, Sequence

from pimjob_cli import arguments
from pimjob_cli.command_line import COMMANDS, parser_of, split

NO_FILES, FILES = 4, 0
_TAKES_FILES = frozenset({"FILE", "FOLDER"})


def main(given: Sequence[str] | None = None) -> int:
    """Print what may follow."""
    words = list(sys.argv[1:] if given is None else given) or [""]
    found: list[str] = []
    directive = NO_FILES
    with contextlib.suppress(Exception, SystemExit), contextlib.redirect_stderr(io.StringIO()):
        found, directive = complete(words[:-1], words[-1])
    sys.stdout.write("".join(f"{line}\n" for line in found) + f":{directive}\n")
    return 0


def complete(before: Sequence[str], begun: str) -> tuple[list[str], int]:
    """Return candidates for the word that is begun, and what the shell shall do."""
    name, rest = split(before)
    if not name and not begun.startswith("-") and not _expects_value(before):
        commands = (f"{name}\t{summary}" for name, summary in COMMANDS.items())
        return [line for line in commands if line.startswith(begun)], NO_FILES
    if name not in COMMANDS:
        return [], NO_FILES
    parser = parser_of(name)
    flags = {flag: action for action in parser._actions for flag in action.option_strings}  # noqa: SLF001 - argparse offers no list
    flag, equals, value = begun.partition("=")
    if begun.startswith("-") and equals:
        lines, directive = _values(flags.get(flag), value, parser, rest)
        return [f"{flag}={line}" for line in lines], directive
    if begun.startswith("-"):
        return _flags(parser, begun), NO_FILES
    last = flags.get(parser.apart(before[-1])[-1]) if before else None
    if last is not None and last.nargs != 0:
        return _values(last, begun, parser, rest[:-1])
    return _values(_positional(parser, rest), begun, parser, rest)


def _expects_value(before: Sequence[str]) -> bool:
    return bool(before) and before[-1] in arguments.TAKE_A_VALUE


def _flags(parser: argparse.ArgumentParser, begun: str) -> list[str]:
    return [
        f"{flag}\t{action.help}"
        for action in parser._actions  # noqa: SLF001 - argparse offers no list
        if action.help is not argparse.SUPPRESS
        for flag in action.option_strings
        if flag.startswith(begun) and (flag.startswith("--") or begun == flag)
    ]


def _positional(parser: arguments.Parser, rest: Sequence[str]) -> argparse.Action | None:
    """Return the positional argument that comes next."""
    given = len(parser.sort(rest)[1])
    actions = parser._get_positional_actions()  # noqa: SLF001 - argparse offers no list
    many = [action for action in actions if action.nargs in {"*", "+"}]
    return actions[given] if given < len(actions) else many[-1] if many else None


def _values(
    action: argparse.Action | None, begun: str, parser: arguments.Parser, rest: Sequence[str]
) -> tuple[list[str], int]:
    if action is None:
        return [], NO_FILES
    if action.choices is not None:
        return _matching(map(str, action.choices), begun), NO_FILES
    if action.metavar in _TAKES_FILES and not hasattr(action, "completer"):
        return [], FILES
    what = getattr(action, "completer", None)
    if what is None:
        return [], NO_FILES
    if what in arguments.KNOWN:
        return _matching(arguments.KNOWN[what], begun), NO_FILES
    from pimjob_cli.candidates import candidates  # noqa: PLC0415 - start-up time

    taken = set(rest) if action.nargs in {"*", "+"} else set()
    lines = _matching(candidates(what, *parser.sort(rest)), begun)
    return [line for line in lines if line.partition("\t")[0] not in taken], NO_FILES


def _matching(lines: Iterable[str], begun: str) -> list[str]:
    """Return those that begin so; of values behind a comma, with what stands before it."""
    done, comma, open_ = begun.rpartition(",")
    return [f"{done}{comma}{line}" for line in lines if line.lower().startswith(open_.lower())]


if __name__ == "__main__":
    sys.exit(main())
