"""Tables of the execution records, the same in both dialects."""

from typing import Final

from pimjob_runner.stores.database import Database
from pimjob_runner.stores.migrations import Migration, migrate

COMPONENT: Final = "execution"
CHECKPOINT_SCHEMA: Final = 1
"""Version of what `position`, `counters` and the columns mean; stored with each job."""

MIGRATIONS: Final = (
    Migration(
        "create job_execution",
        """
        CREATE TABLE job_execution (
            id TEXT PRIMARY KEY,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            label TEXT,
            launched_by TEXT,
            parameters TEXT NOT NULL,
            plan TEXT NOT NULL,
            plan_hash TEXT NOT NULL,
            checkpoint_schema INTEGER NOT NULL,
            runner_version TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            attempt INTEGER NOT NULL,
            holder TEXT NOT NULL,
            phase TEXT NOT NULL,
            reason TEXT,
            started_at TEXT NOT NULL,
            heartbeat_at TEXT NOT NULL,
            ended_at TEXT
        )
        """,
    ),
    Migration(
        "create step_execution",
        """
        CREATE TABLE step_execution (
            job_id TEXT NOT NULL REFERENCES job_execution (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            ordinal INTEGER NOT NULL,
            label TEXT NOT NULL,
            phase TEXT NOT NULL,
            position TEXT,
            total BIGINT,
            processed BIGINT NOT NULL,
            counters TEXT NOT NULL,
            warnings BIGINT NOT NULL,
            active_ms BIGINT NOT NULL,
            rate DOUBLE PRECISION,
            started_at TEXT,
            ended_at TEXT,
            PRIMARY KEY (job_id, name)
        )
        """,
    ),
    Migration(
        "create item_warning",
        """
        CREATE TABLE item_warning (
            job_id TEXT NOT NULL REFERENCES job_execution (id) ON DELETE CASCADE,
            step TEXT NOT NULL,
            seq BIGINT NOT NULL,
            line BIGINT,
            column_name TEXT,
            value TEXT,
            reason TEXT NOT NULL,
            record TEXT,
            PRIMARY KEY (job_id, step, seq)
        )
        """,
    ),
    Migration(
        "create artifact",
        """
        CREATE TABLE artifact (
            job_id TEXT NOT NULL REFERENCES job_execution (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            path TEXT NOT NULL,
            PRIMARY KEY (job_id, name)
        )
        """,
    ),
    Migration(
        "index job_execution by name",
        "CREATE INDEX job_execution_by_name ON job_execution (namespace, name)",
    ),
    # The preamble of the file of refused records: kept, so that the file can be written
    # when a job is stopped or fails while the step is not open. (Older runners know only
    # the header of a CSV file, hence its name.)
    Migration("add step_execution.header", "ALTER TABLE step_execution ADD COLUMN header TEXT"),
    # What is suspected of ending the runner: JSON, null as long as no attempt died.
    Migration(
        "add step_execution.suspicion", "ALTER TABLE step_execution ADD COLUMN suspicion TEXT"
    ),
    # How many more warnings about the same row there were; null: none.
    Migration("add item_warning.more", "ALTER TABLE item_warning ADD COLUMN more BIGINT"),
    # Which lines were refused: asked for each chunk of a step that reads the same source again.
    Migration(
        "find item_warning by line",
        (
            "CREATE INDEX item_warning_by_line ON item_warning (job_id, step, line)"
            " WHERE record IS NOT NULL"
        ),
    ),
    # What steps have handed over to be written out: files, of which only those named here count.
    Migration(
        "create output_part",
        """
        CREATE TABLE output_part (
            job_id TEXT NOT NULL REFERENCES job_execution (id) ON DELETE CASCADE,
            step TEXT NOT NULL,
            seq BIGINT NOT NULL,
            path TEXT NOT NULL,
            records BIGINT NOT NULL,
            bytes BIGINT NOT NULL,
            PRIMARY KEY (job_id, step, seq)
        )
        """,
    ),
)

COUNTED: Final = 7
"""How many of them runners counted that knew no names."""


def prepare(database: Database) -> None:
    """Create or migrate the tables."""
    migrate(database, COMPONENT, MIGRATIONS, counted=COUNTED)
