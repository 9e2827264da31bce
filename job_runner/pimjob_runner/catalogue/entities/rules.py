"""Rules that more than one kind of entity keeps."""

import re
from collections.abc import Iterable, Iterator

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.entities.entity import Data, Rule, View
from pimjob_runner.catalogue.legible import illegible
from pimjob_runner.catalogue.refusal import Problem


def code_rule(longest: int = 100) -> Rule:
    """Return the rule of codes: letters, digits and _, at most so many."""
    pattern = re.compile(rf"[A-Za-z0-9_]{{1,{longest}}}")

    def rule(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
        if not pattern.fullmatch(data["code"]):
            why = f"only letters, digits and _ are allowed, at most {longest} of them"
            why = illegible(data["code"]) or why
            yield Problem("code", data["code"], why)

    return rule


def unknown(
    field: str, found: Iterable[str] | None, known: Codes[None] | Iterable[str], what: str
) -> Iterator[Problem]:
    """Yield a problem for each code that is not known."""
    for code in found or ():
        if code not in known:
            yield Problem(field, code, f"there is no {what} {code!r}")
