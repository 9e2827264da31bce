"""Which commands there are: their names, their summaries and their parsers."""

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pimjob_cli.arguments import Parser

COMMANDS = {
    "list": "your jobs, or everybody's, by many filters",
    "get": "all about a job: steps, time left, warnings, attempts, files",
    "watch": "the same, kept up to date",
    "run": "launch a job of a type, from a profile or from a file",
    "stop": "end jobs; what is done stays done",
    "pause": "let jobs make room; they go on with resume",
    "resume": "let paused jobs go on",
    "retry": "run failed jobs again, from where they were",
    "wait": "until jobs have ended; the exit code says how",
    "logs": "what the attempts of a job have written",
    "files": "the files that a job read and wrote",
    "top": "rates, queue and the slowest",
    "types": "what can be run, with which parameters",
    "profiles": "imports and exports that are set up to be run",
    "releases": "close and open the gate that jobs make room for",
    "completion": "how TAB completes this in your shell",
    "version": "of this command, the operator and the CRDs",
}
ALIASES = {"describe": "get", "ls": "list"}


def split(given: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command's name, empty if there is none, and everything else."""
    from pimjob_cli.arguments import TAKE_A_VALUE  # noqa: PLC0415 - start-up time

    expects_value = False
    for place, word in enumerate(given):
        if not word.startswith("-") and not expects_value:
            return ALIASES.get(word, word), [*given[:place], *given[place + 1 :]]
        expects_value = word in TAKE_A_VALUE
    return "", list(given)


def parser_of(name: str) -> "Parser":
    """Return a command's parser; nothing of what the command does is imported."""
    from pimjob_cli.arguments import Parser, add_kubectl_flags  # noqa: PLC0415 - start-up time

    module = importlib.import_module(f"pimjob_cli.commands.{name}")
    summary = COMMANDS[name]
    parser = Parser(name, summary[0].upper() + summary[1:] + ".", module.EXAMPLES)
    module.configure(parser)
    add_kubectl_flags(parser)
    return parser
