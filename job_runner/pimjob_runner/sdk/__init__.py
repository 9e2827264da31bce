"""What a job type is written with: all that a type of one's own may import.

A `JobType` has steps. An `ItemStep` walks over items, in chunks that are committed one by one
together with the position; a `Tasklet` does one thing that is safe to repeat. What an item step
hands over as `Records` a `WriteOutput` after it writes into a file. docs/job-types.md shows how
to write one, and `pimjob_runner.testing` kills it at every write.
"""

from pimjob_runner.sdk.errors import CheckpointUnreadableError, JobFailedError, StaleReadError
from pimjob_runner.sdk.functions import ItemStepFrom, SessionFrom, TaskletFrom
from pimjob_runner.sdk.items import (
    Chunk,
    ChunkResult,
    ItemSession,
    ItemWarning,
    Position,
    SkippedItem,
)
from pimjob_runner.sdk.job_type import JobType
from pimjob_runner.sdk.output import Cell, OutputPart, RecordFormat, Records, Row
from pimjob_runner.sdk.row_warnings import MOST_PER_ROW, of_one_row, with_more
from pimjob_runner.sdk.steps import (
    ArtifactFile,
    ArtifactKind,
    ItemStep,
    RefusedRecords,
    StepContext,
    Tasklet,
    TaskletResult,
)
from pimjob_runner.sdk.write_output import WriteOutput
from pimjob_runner.stores.database import Database, Dialect, Transaction
from pimjob_runner.stores.errors import ConflictError
from pimjob_runner.stores.files import replaced_file
from pimjob_runner.stores.migrations import Migration, migrate

__all__ = [
    "MOST_PER_ROW",
    "ArtifactFile",
    "ArtifactKind",
    "Cell",
    "CheckpointUnreadableError",
    "Chunk",
    "ChunkResult",
    "ConflictError",
    "Database",
    "Dialect",
    "ItemSession",
    "ItemStep",
    "ItemStepFrom",
    "ItemWarning",
    "JobFailedError",
    "JobType",
    "Migration",
    "OutputPart",
    "Position",
    "RecordFormat",
    "Records",
    "RefusedRecords",
    "Row",
    "SessionFrom",
    "SkippedItem",
    "StaleReadError",
    "StepContext",
    "Tasklet",
    "TaskletFrom",
    "TaskletResult",
    "Transaction",
    "WriteOutput",
    "migrate",
    "of_one_row",
    "record_parts",
    "replaced_file",
    "with_more",
]
