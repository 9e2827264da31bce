"""The validation step: charset, records, and a header that means something."""

from collections.abc import Callable, Iterator, Sequence

from pimjob_runner.catalogue.header_error import MOST_TOLD, quoted
from pimjob_runner.catalogue.structure import Structure, load_structure
from pimjob_runner.formats.csv_records import csv_records
from pimjob_runner.jobs.imports.failures import ends_the_job
from pimjob_runner.jobs.imports.header_facts import HeaderFacts
from pimjob_runner.jobs.imports.leaving import LeavingError, go_on
from pimjob_runner.jobs.imports.named_columns import NamedColumns
from pimjob_runner.jobs.imports.repeats import Repeats, about_repeats
from pimjob_runner.jobs.imports.source import Copy, SourceFacts
from pimjob_runner.sdk import ItemWarning, StepContext, TaskletResult

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
        size, repeats = copy.file.stat().st_size, Repeats()

        def see(found: Sequence[str], done: float) -> None:
            go_on(context, done)
            repeats.add(found)

        try:
            records = source.count(keys, see)
            repeated = about_repeats(source, keys, repeats, lambda: go_on(context, 1.0))
        except LeavingError:
            return TaskletResult(done=False)
        copy.save(
            SourceFacts(sha256=copy.digest(), bytes=size, records=records, header=source.header)
        )
        notes = [*_about_ignored(facts.ignored), repeated]
        return TaskletResult(
            counters={"records": records},
            warnings=[ItemWarning(note) for note in notes if note],
        )


def _about_ignored(columns: Sequence[str]) -> Iterator[str]:
    if columns:
        told = ", ".join(map(quoted, columns[:MOST_TOLD]))
        more = f" and {len(columns) - MOST_TOLD} more" if len(columns) > MOST_TOLD else ""
        yield f"Columns that have no meaning here were ignored: {told}{more}."
