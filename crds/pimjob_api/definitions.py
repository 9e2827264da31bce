"""The CustomResourceDefinitions: names, columns and versions around the models' schemas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pimjob_api.model import Model, Rule
from pimjob_api.names import (
    GROUP,
    KIND_PIMJOB,
    KIND_PIMJOBTYPE,
    KIND_PIMNOTIFICATION,
    KIND_PIMNOTIFIER,
    KIND_PIMRELEASE,
    PLURAL_PIMJOB,
    PLURAL_PIMJOBTYPE,
    PLURAL_PIMNOTIFICATION,
    PLURAL_PIMNOTIFIER,
    PLURAL_PIMRELEASE,
    VERSION,
)
from pimjob_api.pimjob import PIMJOB_RULES, PimJobSpec
from pimjob_api.pimjob_status import PimJobStatus
from pimjob_api.pimjobtype import PIMJOBTYPE_RULES, PimJobTypeSpec, PimJobTypeStatus
from pimjob_api.pimnotification import (
    PIMNOTIFICATION_RULES,
    PimNotificationSpec,
    PimNotificationStatus,
)
from pimjob_api.pimnotifier import PIMNOTIFIER_RULES, PimNotifierSpec, PimNotifierStatus
from pimjob_api.pimrelease import PIMRELEASE_RULES, PimReleaseSpec, PimReleaseStatus
from pimjob_api.schema import structural

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of `kubectl get`; a wide one is shown by `-o wide` only."""

    name: str
    path: str
    type: str = "string"
    wide: bool = False

    def manifest(self) -> Manifest:
        """Return it as a CRD has it."""
        shown = {"name": self.name, "type": self.type, "jsonPath": self.path}
        return {**shown, "priority": int(self.wide)}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of ours."""

    name: str
    plural: str
    short: str
    scope: str
    description: str
    spec: type[Model]
    status: type[Model]
    rules: Sequence[Rule]
    columns: Sequence[Column]
    selectable: Sequence[str] = ()

    def definition(self) -> Manifest:
        """Return its CustomResourceDefinition."""
        return {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{self.plural}.{GROUP}"},
            "spec": {
                "group": GROUP,
                "scope": self.scope,
                "names": self._names(),
                "versions": [self._version()],
            },
        }

    def _names(self) -> Manifest:
        return {
            "kind": self.name,
            "listKind": f"{self.name}List",
            "plural": self.plural,
            "singular": self.name.lower(),
            "shortNames": [self.short],
            "categories": ["pim"],
        }

    def _version(self) -> Manifest:
        return {
            "name": VERSION,
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": self._schema()},
            "subresources": {"status": {}},
            "additionalPrinterColumns": [column.manifest() for column in self.columns],
            "selectableFields": [{"jsonPath": path} for path in self.selectable],
        }

    def _schema(self) -> Manifest:
        return {
            "type": "object",
            "description": self.description,
            "required": ["spec"],
            **({"x-kubernetes-validations": list(self.rules)} if self.rules else {}),
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object"},
                "spec": structural(self.spec, defaults=True),
                "status": structural(self.status, defaults=False),
            },
        }


PIMJOB = Kind(
    name=KIND_PIMJOB,
    plural=PLURAL_PIMJOB,
    short="pj",
    scope="Namespaced",
    description="One execution of a job type: an import, an export, a mass action.",
    spec=PimJobSpec,
    status=PimJobStatus,
    rules=PIMJOB_RULES,
    columns=(
        Column("Label", ".spec.label"),
        Column("Type", ".spec.type"),
        Column("Phase", ".status.phase"),
        Column("Step", ".status.step"),
        Column("Progress", ".status.progress"),
        Column("User", ".spec.user"),
        Column("Age", ".metadata.creationTimestamp", "date"),
        Column("Warnings", ".status.warnings", "integer", wide=True),
        Column("Attempt", ".status.attemptCount", "integer", wide=True),
        Column("ETA", ".status.etaSeconds", "integer", wide=True),
        Column("Reason", ".status.reason", wide=True),
    ),
    selectable=(".spec.type", ".spec.user", ".spec.profile", ".status.phase"),
)

PIMJOBTYPE = Kind(
    name=KIND_PIMJOBTYPE,
    plural=PLURAL_PIMJOBTYPE,
    short="pjt",
    scope="Cluster",
    description="Something that can be run: its steps, its parameters, its image.",
    spec=PimJobTypeSpec,
    status=PimJobTypeStatus,
    rules=PIMJOBTYPE_RULES,
    columns=(
        Column("Label", ".spec.label"),
        Column("Kind", ".spec.kind"),
        Column("Stoppable", ".spec.stoppable", "boolean"),
        Column("Pausable", ".spec.pausable", "boolean"),
        Column("Age", ".metadata.creationTimestamp", "date"),
        Column("Image", ".spec.image", wide=True),
    ),
    selectable=(".spec.kind",),
)

PIMRELEASE = Kind(
    name=KIND_PIMRELEASE,
    plural=PLURAL_PIMRELEASE,
    short="prel",
    scope="Namespaced",
    description="A release: while its gate is closed, jobs pause and wait.",
    spec=PimReleaseSpec,
    status=PimReleaseStatus,
    rules=PIMRELEASE_RULES,
    columns=(
        Column("Gate", ".status.gate"),
        Column("Reason", ".status.reason"),
        Column("Running", ".status.running", "integer"),
        Column("Draining", ".status.draining", "integer"),
        Column("Paused", ".status.paused", "integer"),
        Column("Held", ".status.held", "integer"),
        Column("Finishing", ".status.finishing", "integer"),
        Column("Resumed", ".status.resumed", "integer"),
        Column("Age", ".metadata.creationTimestamp", "date"),
        Column("Closed", ".status.closedAt", "date", wide=True),
        Column("Opened", ".status.openedAt", "date", wide=True),
        Column("Message", ".status.message", wide=True),
    ),
    selectable=(".spec.gate", ".status.gate"),
)

PIMNOTIFIER = Kind(
    name=KIND_PIMNOTIFIER,
    plural=PLURAL_PIMNOTIFIER,
    short="pntr",
    scope="Namespaced",
    description="A rule: who is told of which changes of PimJobs and PimReleases, and how.",
    spec=PimNotifierSpec,
    status=PimNotifierStatus,
    rules=PIMNOTIFIER_RULES,
    columns=(
        Column("Events", ".spec.events"),
        Column("Webhook", ".spec.webhook.url"),
        Column("Mail", ".spec.mail.to"),
        Column("Age", ".metadata.creationTimestamp", "date"),
    ),
)

PIMNOTIFICATION = Kind(
    name=KIND_PIMNOTIFICATION,
    plural=PLURAL_PIMNOTIFICATION,
    short="pntn",
    scope="Namespaced",
    description="A message on its way: what has happened, for one PimNotifier.",
    spec=PimNotificationSpec,
    status=PimNotificationStatus,
    rules=PIMNOTIFICATION_RULES,
    columns=(
        Column("Notifier", ".spec.notifier"),
        Column("Event", ".spec.event"),
        Column("Subject", ".spec.subject.name"),
        Column("State", ".status.state"),
        Column("Attempts", ".status.attempts", "integer"),
        Column("Age", ".metadata.creationTimestamp", "date"),
        Column("Next", ".status.nextAttemptTime", "date", wide=True),
        Column("Error", ".status.lastError", wide=True),
    ),
    selectable=(".spec.notifier", ".spec.event", ".status.state"),
)

KINDS = (PIMJOB, PIMJOBTYPE, PIMRELEASE, PIMNOTIFIER, PIMNOTIFICATION)
