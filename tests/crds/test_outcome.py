"""The runner's last word: never too long, and never trusted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pimjob_api.names import TERMINATION_MESSAGE_BYTES
from pimjob_api.outcome import Outcome, parse_outcome
from pimjob_api.phases import OutcomeKind

WORD = {"outcome": "Completed", "reason": "Completed", "message": "all done", "processed": 3}


@given(
    st.sampled_from(OutcomeKind),
    st.text(max_size=10_000),
    st.text(max_size=10_000),
    st.integers(min_value=0, max_value=2**53 - 1),
)
def test_a_last_word_fits_the_termination_message(
    kind: OutcomeKind, reason: str, message: str, processed: int
) -> None:
    text = Outcome(kind=kind, reason=reason, message=message, processed=processed).to_json()
    assert len(text.encode()) <= TERMINATION_MESSAGE_BYTES
    read = parse_outcome(text)
    assert read is not None
    assert (read.kind, read.processed) == (kind, processed)
    assert reason.startswith(read.reason)
    assert message.startswith(read.message)


def test_an_ordinary_last_word_is_passed_whole() -> None:
    said = Outcome(kind=OutcomeKind.FAILED, reason="InvalidHeader", message="é" * 300, processed=7)
    assert parse_outcome(said.to_json()) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Killed",
        "[]",
        "null",
        "[" * 4000,
        json.dumps({**WORD, "outcome": "Cancelled"}),
        json.dumps({"outcome": "Completed"}),
        json.dumps({**WORD, "processed": -1}),
        json.dumps({**WORD, "processed": 2**53}),
        json.dumps({**WORD, "processed": "3"}),
        '{"outcome": "Completed", "reason": "Completed", "processed": Infinity}',
    ],
)
def test_anything_else_is_no_last_word(text: str) -> None:
    assert parse_outcome(text) is None


@given(st.text(max_size=TERMINATION_MESSAGE_BYTES))
def test_nothing_that_an_image_writes_is_an_error(text: str) -> None:
    parse_outcome(text)
