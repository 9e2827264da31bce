"""Every situation a gate can be in: whether it is closed, and why."""

import itertools

import pytest

from pimjob_api.gate import Gate, GateReason, GateSituation, RolloutState, derive_gate

COMPLETE, PROGRESSING, FAILED, MISSING = RolloutState
STATES = [frozenset(found) for n in range(5) for found in itertools.combinations(RolloutState, n)]
ALL = [
    GateSituation(wanted=wanted, rollouts=states, stuck=stuck, renewed=renewed, overdue=overdue)
    for wanted in Gate
    for states in STATES
    for stuck, renewed, overdue in itertools.product((True, False), repeat=3)
]


def has_cause(situation: GateSituation) -> bool:
    return situation.wanted is Gate.CLOSED or bool(situation.rollouts & {PROGRESSING, FAILED})


@pytest.mark.parametrize(
    ("wanted", "states", "course"),
    [
        (Gate.OPEN, set(), "Open NothingToWaitFor"),
        (Gate.OPEN, {COMPLETE, MISSING}, "Open NothingToWaitFor"),
        (Gate.OPEN, {COMPLETE, PROGRESSING}, "Closed RolloutInProgress"),
        (Gate.OPEN, {COMPLETE, FAILED}, "Closed RolloutFailed"),
        (Gate.OPEN, {PROGRESSING, FAILED}, "Closed RolloutFailed"),
        (Gate.CLOSED, set(), "Closed Requested"),
        (Gate.CLOSED, {COMPLETE}, "Closed Requested"),
        (Gate.CLOSED, {PROGRESSING}, "Closed Requested"),
        (Gate.CLOSED, {FAILED}, "Closed RolloutFailed"),
    ],
)
def test_a_gate_is_closed_while_there_is_a_cause(
    wanted: Gate, states: set[RolloutState], course: str
) -> None:
    found = derive_gate(GateSituation(wanted=wanted, rollouts=frozenset(states)))
    assert f"{found.gate} {found.reason}" == course


def test_without_a_cause_no_gate_is_closed_or_stuck() -> None:
    for situation in ALL:
        if not has_cause(situation):
            assert derive_gate(situation).gate is Gate.OPEN
            assert not derive_gate(situation).stuck


def test_no_gate_is_closed_beyond_its_deadline() -> None:
    for situation in ALL:
        if situation.overdue and not situation.stuck:
            assert derive_gate(situation).gate is Gate.OPEN
            assert derive_gate(situation).stuck == has_cause(situation)


def test_a_gate_that_opened_by_itself_stays_open_until_somebody_asks_anew() -> None:
    for situation in ALL:
        if situation.stuck and has_cause(situation):
            course = derive_gate(situation)
            assert (course.gate is Gate.CLOSED) == situation.renewed
            assert course.stuck != situation.renewed


def test_the_reason_says_what_the_gate_does() -> None:
    for situation in ALL:
        course = derive_gate(situation)
        opens = course.reason in {GateReason.NOTHING, GateReason.DEADLINE}
        assert (course.gate is Gate.OPEN) == opens
