"""Every cell of docs/commands.md, on a real API server: each has a PimJob of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pimjob_api.phases import RELEASE_IN_PROGRESS, OutcomeKind
from support.commands import (
    COMMANDS,
    FILE,
    HELD,
    LIVE,
    Circumstance,
    Stage,
    document,
    expected,
    stages,
)
from support.control_plane import Api, wait_for
from support.place import PIMJOBS, Place
from support.releases import Releases
from support.supervised import Supervised, supervised

GATED = {Circumstance.GATE_CLOSED, Circumstance.GATE_OPENED}
CELLS = [(where, stage, c) for where in Circumstance for stage in stages(where) for c in COMMANDS]


def test_the_document_is_that_of_the_table() -> None:
    assert FILE.read_text() == document(), "Run make generate."


def name_of(stage: Stage, command: str) -> str:
    return f"{stage.name.lower().replace('_', '-')}-{command}"


class Played:
    """All jobs of a circumstance: brought into their phases, given their command, left to it."""

    def __init__(self, place: Place, operator: Supervised, circumstance: Circumstance) -> None:
        self.place, self.operator, self.circumstance = place, operator, circumstance
        self.refusals: dict[str, str] = {}

    def play(self) -> None:
        cells = [(s, c) for s in stages(self.circumstance) for c in COMMANDS]
        for stage, command in cells:
            self._launch(stage, name_of(stage, command))
        for stage, command in cells:
            self._bring(stage, name_of(stage, command))
        if self.circumstance in GATED:
            self._close_gate(cells)
        if self.circumstance is Circumstance.OPERATOR_DOWN:
            self.operator.end()
        for stage, command in cells:
            self._command(stage, command)
        if self.circumstance is Circumstance.OPERATOR_DOWN:
            self.operator.start()
        if self.circumstance is Circumstance.GATE_OPENED:
            Releases(self.place).change(gate="Open")

    def _close_gate(self, cells: list[tuple[Stage, str]]) -> None:
        """Close it, and see every job that it holds, or asks to leave, say so."""
        Releases(self.place).create()
        for stage, command in cells:
            if stage in HELD:
                phase = "Pausing" if stage is Stage.RUNNING else HELD[stage]
                self.place.wait(name_of(stage, command), phase, RELEASE_IN_PROGRESS)

    def _launch(self, stage: Stage, name: str) -> None:
        self.place.launch(name, type="nobodys" if stage is Stage.QUEUED else "numbers")

    def _bring(self, stage: Stage, name: str) -> None:
        place, job = self.place, f"{name}-1"
        if stage is Stage.STARTING:
            place.hold(job, "ImagePullBackOff", "no such image")
        elif stage is Stage.BACKING_OFF:
            place.crash(job)
        elif stage in {Stage.COMPLETED, Stage.FAILED}:
            place.end(job, OutcomeKind(stage.value), processed=3)
        elif stage is not Stage.QUEUED:
            self._run(stage, name)
        place.wait(name, stage.value.split()[0])
        if stage is Stage.BACKING_OFF:
            place.wait(name, "Starting", "BackOff")

    def _run(self, stage: Stage, name: str) -> None:
        self.place.run(f"{name}-1")
        self.place.wait(name, "Running")
        wish = {"Paus": "Paused", "Stop": "Stopped"}.get(stage.value[:4])
        if wish is not None:
            self.place.change(name, desiredState=wish)
        if stage in {Stage.PAUSED, Stage.STOPPED}:
            self.place.end(f"{name}-1", OutcomeKind(wish), processed=3)

    def _command(self, stage: Stage, command: str) -> None:
        name, change = name_of(stage, command), COMMANDS[command]
        if self.circumstance is Circumstance.RUNNER_DEAD:
            self.place.crash(f"{name}-1")
        path = self.place.path("pimjobs", name)
        if change is None:
            self.place.api.delete(path)
            return
        self.refusals[name] = self.place.api.refusal(path, {"spec": change})
        if self.circumstance is not Circumstance.RUNNER_DEAD and stage in LIVE:
            self._obey(name)

    def _obey(self, name: str) -> None:
        """Leave as the spec now says, or else a release, if either does."""
        wish = self.place.api.get(self.place.path("pimjobs", name))["spec"]["desiredState"]
        if wish == "Running" and self.circumstance in GATED:
            wish = "Paused"
        if wish != "Running":
            self.place.end(f"{name}-1", OutcomeKind(wish), processed=3)


@pytest.fixture(scope="module")
def played(
    server: tuple[Api, Path],
    tmp_path_factory: pytest.TempPathFactory,
    new_place: Callable[[], Place],
) -> Iterator[Callable[[Circumstance], Played]]:
    """Play a circumstance through, once."""
    found: dict[Circumstance, Played] = {}
    ending: list[Any] = []

    def play(circumstance: Circumstance) -> Played:
        if circumstance not in found:
            place, log = new_place(), tmp_path_factory.mktemp("commands") / "log"
            times = {"backoff_seconds": "60", "obey_seconds": "60"}
            running = supervised(server[1], log, place.namespace, **times)
            ending.append(running)
            found[circumstance] = Played(place, running.__enter__(), circumstance)
            found[circumstance].play()
        return found[circumstance]

    yield play
    for running in ending:
        running.__exit__(None, None, None)


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("circumstance", "stage", "command"),
    [pytest.param(w, s, c, id=f"{w.name.lower()}-{name_of(s, c)}") for w, s, c in CELLS],
)
def test_a_command_meets_a_phase(
    played: Callable[[Circumstance], Played],
    circumstance: Circumstance,
    stage: Stage,
    command: str,
) -> None:
    found, name = played(circumstance), name_of(stage, command)
    cell, place = expected(stage, command, circumstance), found.place
    if command == "delete":
        wait_for(lambda: not jobs_of(place, name), f"the Jobs of {name} to go")
        return
    assert cell.refusal in found.refusals[name]
    assert bool(cell.refusal) == bool(found.refusals[name])
    untouched = not cell.phase and stage in HELD
    held = cell.held or (untouched and circumstance is Circumstance.GATE_CLOSED)

    def rests() -> dict[str, Any] | None:
        status = place.status(name)
        same = status["phase"] == (cell.phase or at_rest(stage, circumstance))
        return status if same and held == (status["reason"] == RELEASE_IN_PROGRESS) else None

    status = wait_for(rests, f"{name} to come to rest: {cell}", seconds=20)
    assert status["reason"], "no phase is silent"
    if command == "stop" and not cell.refusal and stage not in {Stage.STOPPING, Stage.STOPPED}:
        stop = status["stop"]
        assert (stop["by"], stop["reason"]) == ("julia", "wrong file")
        assert stop["at"] <= stop["acknowledgedAt"]
        assert "processed" in stop


def at_rest(stage: Stage, circumstance: Circumstance) -> str:
    """Where a job of this stage comes to without a command."""
    if stage in HELD and circumstance is Circumstance.GATE_CLOSED:
        return HELD[stage]
    if stage is Stage.RUNNING and circumstance in {*GATED, Circumstance.RUNNER_DEAD}:
        return "Starting"
    left = {Stage.STOPPING: "Stopped", Stage.PAUSING: "Paused"}
    return left.get(stage, stage.value.split()[0])


def jobs_of(place: Place, name: str) -> list[str]:
    items = place.api.get(place.path("pimjobs"))["items"]
    left = [item["metadata"]["name"] for item in items]
    return [found for found in [*place.job_names(), *left] if found.removesuffix("-1") == name]


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("wish", "allowed", "reason"),
    [("Stopped", "stoppable", "NotStoppable"), ("Paused", "pausable", "NotPausable")],
)
def test_a_wish_that_comes_too_late_for_its_type_is_refused_aloud(
    server: tuple[Api, Path],
    tmp_path: Path,
    place: Place,
    *,
    wish: str,
    allowed: str,
    reason: str,
) -> None:
    body = place.api.get(f"{PIMJOBS}/pimjobtypes/numbers")
    body["metadata"] = {"name": f"numbers-{allowed}"}
    body["spec"][allowed] = False
    place.api.apply(f"{PIMJOBS}/pimjobtypes/numbers-{allowed}", body)
    with supervised(server[1], tmp_path / "log", place.namespace) as operator:
        place.launch("a", type=f"numbers_{allowed}")
        place.wait("a", "Starting")
        # Nobody has told the API server that the job has begun, so it takes the request.
        operator.end()
        place.run("a-1")
        place.change("a", desiredState=wish)
        operator.start()
        [condition] = place.wait("a", "Running", reason)["conditions"]
        assert (condition["type"], condition["reason"]) == ("Refused", reason)
        assert f"type numbers_{allowed} cannot be" in condition["message"]
        place.crash("a-1")
        place.end("a-2", OutcomeKind.COMPLETED)
        place.wait("a", "Completed")
        told = [event for event in place.events("a") if event[1] == reason]
        assert told == [("Warning", reason, condition["message"])]
