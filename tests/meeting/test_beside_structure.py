"""Products beside a long import of structure: both go on, though each chunk of it is a change.

Counted in commits: from where both are about to write their first chunk, the small job is done
long before the long one, so it has not waited for its end.
"""

import pytest

from pimjob_api.phases import OutcomeKind
from support.meetings.ground import Ground
from support.meetings.job import Job, Place
from support.meetings.process import Hold
from support.meetings.shop import attributes, families, models, options, products
from support.meetings.state import state

CHUNK = 250
FEW = 8 * CHUNK
MANY = 120 * CHUNK
MOST = MANY * 3 // 4
"""It takes a third of it to a half. Where the small job waits for the long one: all."""

PRODUCTS = products(
    "products",
    "sku;family;size;X_SELL-products\n" + "".join(f"n{n};shoes;s;p1\n" for n in range(FEW)),
)
MODELS = models(
    "models",
    "code;family_variant;name\n" + "".join(f"m{n};by_color;{n}\n" for n in range(FEW)),
)
OPTIONS = options("long", "attribute;code\n" + "".join(f"size;o{n}\n" for n in range(MANY)))
FAMILIES = families("long", "code;attributes\n" + "".join(f"f{n};name,note\n" for n in range(MANY)))
ATTRIBUTES = attributes(
    "long",
    "code;type;localizable;scopable;unique\n"
    + "".join(f"a{n};pim_catalog_text;0;0;0\n" for n in range(MANY)),
)


@pytest.mark.parametrize(
    ("small", "long"),
    [(PRODUCTS, OPTIONS), (PRODUCTS, FAMILIES), (PRODUCTS, ATTRIBUTES), (MODELS, OPTIONS)],
    ids=lambda job: job.type,
)
def test_it_is_done_long_before_and_no_attempt_ends(shop: Ground, small: Job, long: Job) -> None:
    with shop.copy() as place:
        holds = [Hold(frozenset({"begin"}), 0) for _ in range(2)]
        attempts = [
            hold.start(place, job, chunk=CHUNK)
            for hold, job in zip(holds, (small, long), strict=True)
        ]
        assert [hold.point() for hold in holds] == ["begin", "begin"]
        for hold in holds:
            hold.let_go()
            hold.close()

        assert attempts[0].end() == OutcomeKind.COMPLETED.value
        committed = processed(place, long)
        assert attempts[1].end() == OutcomeKind.COMPLETED.value

        left = state(place, [small.name, long.name])
    assert committed <= MOST
    assert left["jobs"][small.name]["warnings"] == []
    for counters in left["jobs"][small.name]["counters"].values():
        assert counters.get("read", FEW) == FEW
    assert left["jobs"][long.name]["counters"]["import"] == {"read": MANY, "created": MANY}


def processed(place: Place, job: Job) -> int:
    """Return how many rows of a job are committed."""
    sql = "SELECT processed FROM step_execution WHERE job_id = ? AND name = 'import'"
    ((rows,),) = place.query(sql, job.name)
    return int(rows)
