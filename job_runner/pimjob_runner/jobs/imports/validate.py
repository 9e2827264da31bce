"""The validation step: charset, records, and a header that means something."""

from collections.abc import Callable, Iterator, Sequence

from pimjob_runner.catalogue.header_error import MOST_TOLD, quoted
from pimjob_runner.catalogue.structure import Structure, load_structure
from pimjob_runner.formats.csv_count import count_records
from pimjob_runner.formats.csv_head import read_head
from pimjob_runner.jobs.imports.failures import ends_the_job
from pimjob_runner.jobs.imports.header_facts import HeaderFacts
from pimjob_runner.jobs.imports.named_columns import NamedColumns
from pimjob_runner.jobs.imports.source import Copy, SourceFacts, digest
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
        head = read_head(copy.file, context.parameters.dialect)
        records = count_records(copy.file, head, (), lambda _keys, _offset: None)
        with context.database.transaction() as transaction:
            structure = load_structure(transaction)
        names = NamedColumns(head.columns).names
        facts = self._check(names, structure, context.parameters)
        copy.save(
            SourceFacts(
                sha256=digest(copy.file),
                bytes=copy.file.stat().st_size,
                records=records,
                header=head.text,
            )
        )
        return TaskletResult(
            counters={"records": records}, warnings=list(_about_ignored(facts.ignored))
        )


def _about_ignored(columns: Sequence[str]) -> Iterator[ItemWarning]:
    if columns:
        told = ", ".join(map(quoted, columns[:MOST_TOLD]))
        more = f" and {len(columns) - MOST_TOLD} more" if len(columns) > MOST_TOLD else ""
        yield ItemWarning(f"Columns that have no meaning here were ignored: {told}{more}.")
