"""The validation step: charset, records, and a header that means something."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version

import msgspec

from pimjob_runner.catalogue.checked_files import checked_file, remember_checked
from pimjob_runner.catalogue.header_error import MOST_TOLD, quoted
from pimjob_runner.catalogue.structure import Structure, load_structure
from pimjob_runner.formats.csv_records import CsvRecords, csv_records
from pimjob_runner.jobs.imports.failures import ends_the_job
from pimjob_runner.jobs.imports.header_facts import HeaderFacts
from pimjob_runner.jobs.imports.leaving import LeavingError, go_on
from pimjob_runner.jobs.imports.named_columns import NamedColumns
from pimjob_runner.jobs.imports.repeats import Repeats, about_repeats
from pimjob_runner.jobs.imports.source import Copy, SourceFacts
from pimjob_runner.sdk import ItemWarning, StepContext, TaskletResult
from pimjob_runner.stores.conflicts import retried

CheckHeader = Callable[[Sequence[str], Structure, object], HeaderFacts]
"""Called with columns, structure and parameters; raises JobFailedError."""


class Validate:
    """Refuses a file early, before anything is written, if no row of it could be right."""

    name = "validate"
    label = "Check the file"

    def __init__(self, check: CheckHeader) -> None:
        self._check = check

    @ends_the_job()
    def run(self, context: StepContext) -> TaskletResult:
        """Check the copy and save what was found out."""
        copy = Copy(context.folder)
        source = csv_records(copy.file, context.parameters.dialect)
        named = NamedColumns(source.columns)
        with context.database.transaction() as transaction:
            structure = load_structure(transaction)
        facts = self._check(named.names, structure, context.parameters)
        keys = [named.numbers[key] for key in facts.keys]
        try:
            found = _find_out(context, copy, source, keys)
        except LeavingError:
            return TaskletResult(done=False)
        copy.save(
            SourceFacts(
                sha256=copy.digest(),
                bytes=copy.file.stat().st_size,
                records=found.records,
                header=source.header,
            )
        )
        notes = [*_about_ignored(facts.ignored), found.repeated]
        return TaskletResult(
            counters={"records": found.records},
            warnings=[ItemWarning(note) for note in notes if note],
        )


class _Found(msgspec.Struct, frozen=True):
    """What only going through the whole file can tell."""

    records: int
    repeated: str | None
    """A note about records that name the same thing."""


def _find_out(context: StepContext, copy: Copy, source: CsvRecords, keys: Sequence[int]) -> _Found:
    """Go through the copy, unless the same bytes have been gone through. Raises LeavingError."""
    rests_on = [version("pimjobs"), copy.digest(), asdict(context.parameters.dialect), keys]
    digest = sha256(msgspec.json.encode(rests_on)).hexdigest()
    with context.database.transaction() as transaction:
        known = checked_file(transaction, digest, _Found)
    found = known or _go_through(context, source, keys)

    def remember() -> None:
        with context.database.transaction() as transaction:
            remember_checked(transaction, digest, found)

    retried(remember)
    return found


def _go_through(context: StepContext, source: CsvRecords, keys: Sequence[int]) -> _Found:
    repeats = Repeats()

    def see(found: Sequence[str], done: float) -> None:
        go_on(context, done)
        repeats.add(found)

    records = source.count(keys, see)
    return _Found(records, about_repeats(source, keys, repeats, lambda: go_on(context, 1.0)))


def _about_ignored(columns: Sequence[str]) -> Iterator[str]:
    if columns:
        told = ", ".join(map(quoted, columns[:MOST_TOLD]))
        more = f" and {len(columns) - MOST_TOLD} more" if len(columns) > MOST_TOLD else ""
        yield f"Columns that have no meaning here were ignored: {told}{more}."
