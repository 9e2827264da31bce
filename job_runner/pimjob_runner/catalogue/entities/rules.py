"""Rules that more than one kind of entity keeps."""

import re
from collections.abc import Iterable, Iterator

from pimjob_runner.catalogue.codes import Codes
from pimjob_runner.catalogue.entities.entity import Data, Rule, View
from pimjob_runner.catalogue.legible import illegible
from pimjob_runner.catalogue.refusal import Problem

_CODE = re.compile(r"[A-Za-z0-9_]+")


def is_code(text: str, longest: int = 100) -> bool:
    """Whether it is a code: letters, digits and _, at most so many."""
    return len(text) <= longest and _CODE.fullmatch(text) is not None


def code_rule(longest: int = 100) -> Rule:
    """Return the rule that the entity's own code is one."""

    def rule(_view: View, data: Data, _before: Data | None) -> Iterator[Problem]:
        if not is_code(data["code"], longest):
            why = f"only letters, digits and _ are allowed, at most {longest} of them"
            why = illegible(data["code"]) or why
            yield Problem("code", data["code"], why)

    return rule


def at_most(number: int) -> Rule:
    """Return the rule that there are no more entities of a kind than this."""

    def rule(view: View, data: Data, before: Data | None) -> Iterator[Problem]:
        if before is None and len(view.known) >= number:
            yield Problem("code", data["code"], f"there are {number} already, and no more can be")

    return rule


def unknown(
    field: str, found: Iterable[str] | None, known: Codes[None] | Iterable[str], what: str
) -> Iterator[Problem]:
    """Yield a problem for each code that is not known."""
    for code in found or ():
        if code not in known:
            yield Problem(field, code, f"there is no {what} {code!r}")
