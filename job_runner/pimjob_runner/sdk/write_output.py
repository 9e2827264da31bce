"""The tasklet that makes files of what an item step before it has handed over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from pimjob_runner.sdk.output import OutputPart, RecordFormat, Row
from pimjob_runner.sdk.record_parts import OUTPUT, columns_of, rows_of
from pimjob_runner.sdk.steps import ArtifactFile, StepContext, TaskletResult
from pimjob_runner.stores.files import made_folder, replaced_file

LOOKS: Final = 1_000
"""Records after which it is looked whether to leave."""


class _LeavingError(Exception):
    """The engine wants to leave. What is half done is dropped: the step begins anew."""


@dataclass(frozen=True, kw_only=True)
class WriteOutput:
    """Writes all records of an item step, in its order: `file` and the suffix of the format.

    With more than `most_records` there are several files, `file_1`, `file_2` and so on. Without
    records there is none. `arrange` returns the columns to write, of those that occur: so
    they do not depend on what happened to come first.
    """

    step: str
    """The name of the item step."""
    file: str
    format: RecordFormat
    arrange: Callable[[frozenset[str]], Sequence[str]] = sorted
    most_records: int | None = None
    name: str = "output"
    label: str = "Write the file"

    def run(self, context: StepContext) -> TaskletResult:
        """Write the files; those of an attempt that was killed are not named by any commit."""
        parts = context.parts_of(self.step)
        records = sum(part.records for part in parts)
        try:
            paths = self._write(context, parts, records)
        except _LeavingError:
            return TaskletResult(done=False)
        artifacts = tuple(ArtifactFile("output", path.name, path) for path in paths)
        return TaskletResult(counters={"written": records}, artifacts=artifacts)

    def _write(self, context: StepContext, parts: Sequence[OutputPart], records: int) -> list[Path]:
        names = self._names(records)
        folder = context.own_folder / OUTPUT
        if names:
            made_folder(folder)
        columns = self.arrange(columns_of(parts))
        rows = _looking(context, rows_of(parts, columns), records)
        for name in names:
            with replaced_file(folder / name) as file:
                self.format.write(file, columns, islice(rows, self.most_records))
        return [folder / name for name in names]

    def _names(self, records: int) -> list[str]:
        most = self.most_records or max(records, 1)
        files = range(1, -(-records // most) + 1)
        if len(files) == 1:
            return [f"{self.file}{self.format.suffix}"]
        return [f"{self.file}_{number}{self.format.suffix}" for number in files]


def _looking(context: StepContext, rows: Iterator[Row], records: int) -> Iterator[Row]:
    """Yield rows as long as the attempt may stay and is not asked to leave."""
    done = 0
    while some := list(islice(rows, LOOKS)):
        if context.interrupted():
            raise _LeavingError
        # No items: these were counted by the step before.
        context.share(done / records)
        yield from some
        done += len(some)
