"""The CSV imports of the catalogue's structure, as job types."""

from collections.abc import Sequence
from typing import Any

from pimjob_runner.catalogue.entities import all as all_entities
from pimjob_runner.catalogue.entities.entity import Entity
from pimjob_runner.catalogue.entities.family import FAMILY
from pimjob_runner.catalogue.entities.family_variant import FAMILY_VARIANT
from pimjob_runner.catalogue.schema import prepare
from pimjob_runner.catalogue.structure import Structure
from pimjob_runner.jobs.imports.entities import ImportEntities, header_facts
from pimjob_runner.jobs.imports.header_facts import HeaderFacts
from pimjob_runner.jobs.imports.parameters import CsvParameters
from pimjob_runner.jobs.imports.source import Download
from pimjob_runner.jobs.imports.validate import Validate
from pimjob_runner.sdk import ItemStep, JobType, Tasklet

# As in the reference PIM, these two run to their end: what depends on a family
# must not see half of them. They may be paused.
_UNSTOPPABLE = {FAMILY, FAMILY_VARIANT}


def _import_of(entity: Entity) -> JobType:
    label = f"Import {entity.plural}"

    def check(columns: Sequence[str], structure: Structure, _parameters: object) -> HeaderFacts:
        return header_facts(entity, columns, structure)

    def steps(_parameters: Any) -> list[ItemStep | Tasklet]:
        return [Download(), Validate(check), ImportEntities(entity, label)]

    return JobType(
        name=f"csv_{entity.name}_import",
        label=label,
        kind="import",
        parameters=CsvParameters,
        steps=steps,
        stoppable=entity not in _UNSTOPPABLE,
        prepare=prepare,
    )


ENTITIES = tuple(map(_import_of, all_entities.ENTITIES))
"""Imports of all kinds of structure."""
