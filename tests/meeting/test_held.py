"""Two jobs meet: one is held before each begin and each commit of its steps, the other runs.

Whatever comes of it is what an order of whole rows gives. Where the other one ended while
the first held nothing, it is this order: the rows committed before, the other job, the rest.
"""

import pytest

from support.meetings.ground import Ground
from support.meetings.held import BETWEEN, WITHIN, at_each_point, orders_of
from support.meetings.meetings import MEETINGS, Meeting
from support.meetings.orders import Orders
from support.meetings.rounds import IS_LONG

DATABASES = ["sqlite", "postgresql"] if IS_LONG else ["sqlite"]
"""Between two transactions both are the same: `make meet` looks at both."""
each_meeting = pytest.mark.parametrize("meeting", MEETINGS, ids=lambda meeting: meeting.about)


@pytest.fixture(scope="module")
def known_orders() -> dict[str, Orders]:
    return {}


@pytest.fixture
def orders(
    known_orders: dict[str, Orders],
    sqlite_shop: Ground,
    tmp_path_factory: pytest.TempPathFactory,
    meeting: Meeting,
) -> Orders:
    """What each order of the rows of a meeting leads to, found once for all tests."""
    if meeting.about not in known_orders:
        folder = tmp_path_factory.mktemp("orders")
        known_orders[meeting.about] = orders_of(sqlite_shop, folder, meeting)
    return known_orders[meeting.about]


@each_meeting
@pytest.mark.parametrize("shop", DATABASES, indirect=True)
def test_one_is_held_between_its_transactions(
    shop: Ground, orders: Orders, meeting: Meeting
) -> None:
    found = at_each_point(shop, meeting, orders, kinds=BETWEEN, chunk=1)
    assert not found, "\n".join(found)


@each_meeting
@pytest.mark.parametrize("shop", ["postgresql"], indirect=True)
def test_one_is_held_within_its_transactions(
    shop: Ground, orders: Orders, meeting: Meeting
) -> None:
    found = at_each_point(shop, meeting, orders, kinds=WITHIN, chunk=1)
    assert not found, "\n".join(found)
