"""Two jobs meet: one is held before each begin and each commit of its steps, the other runs.

Whatever comes of it is what an order of whole rows gives. Where the other one ended while
the first held nothing, it is this order: the rows committed before, the other job, the rest.
"""

from pathlib import Path

import pytest

from support.meetings.ground import Ground
from support.meetings.held import at_each_point, orders_of
from support.meetings.meetings import MEETINGS, Meeting


@pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.about)
def test_one_is_held_at_each_point(
    shop: Ground, sqlite_shop: Ground, tmp_path: Path, meeting: Meeting
) -> None:
    orders = orders_of(sqlite_shop, tmp_path / "orders", meeting)
    assert at_each_point(shop, meeting, orders, chunk=1) == []
