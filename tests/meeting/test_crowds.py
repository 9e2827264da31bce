"""More than two at once, and a neighbour who never stops: nobody ends because of another job."""

from random import Random

import pytest

from support.meetings.ground import Ground
from support.meetings.job import Job, Place
from support.meetings.process import Attempt, Hold, beside_a_held_one, start
from support.meetings.shop import products
from support.meetings.state import state

ROWS = 1_500
CHUNK = 250
MOST_ATTEMPTS = 8


def test_three_imports_of_the_same_products_in_different_orders(
    shop: Ground,
) -> None:
    columns = ["name", "note", "ean"]
    rows = [f"p{number}" for number in range(ROWS)]
    jobs = []
    for column in columns:
        Random(column).shuffle(rows)  # noqa: S311 - reproducible
        lines = "".join(f"{sku};{column} {sku}\n" for sku in rows)
        jobs.append(products(column, f"sku;{column}\n{lines}"))
    with shop.copy() as place:
        place.attempt(products("before", "sku\n" + "".join(f"{sku}\n" for sku in rows)))
        attempts = [start(place, job, chunk=CHUNK) for job in jobs]
        ends = [attempt.end() for attempt in attempts]
        assert ends == ["Completed"] * 3, "\n".join(ends)
        left = state(place, columns)
    for job in columns:
        assert left["jobs"][job]["counters"]["import"] == {"read": ROWS, "updated": ROWS}
    lost = [
        (product["identifier"], column)
        for product in left["product"].values()
        for column in columns
        if product["identifier"] in rows and column not in product["raw_values"]
    ]
    assert lost == []


@pytest.mark.parametrize("sku", ["p1", "new"])
def test_a_row_whose_product_another_job_changes_again_and_again_is_written(
    postgresql_shop: Ground, sku: str
) -> None:
    job = products("names", f"sku;name\n{sku};mine\n")
    with postgresql_shop.copy() as place:
        ends = disturbed(place, job, sku)
        left = state(place, [job.name])
    (values,) = [p["raw_values"] for p in left["product"].values() if p["identifier"] == sku]
    # Nothing is left out that is right, and nobody noticed the neighbour.
    assert left["jobs"][job.name]["warnings"] == []
    assert ends == ["Completed"], "\n".join(ends)
    assert {"name", "note"} <= set(values)


def disturbed(place: Place, job: Job, sku: str) -> list[str]:
    """Run a job; before each of its statements another one changes the product, if it can."""
    ends: list[str] = []
    number = 0
    while ends[-1:] != ["Completed"] and len(ends) < MOST_ATTEMPTS:
        hold = Hold(frozenset({"statement"}))
        attempt = hold.start(place, job, len(ends) + 1, chunk=1)
        waiting: Attempt | None = None
        while hold.point():
            if waiting is None or waiting.ended():
                number += 1
                neighbour = products(f"neighbour-{number}", f"sku;note\n{sku};{number}\n")
                waiting, _ = beside_a_held_one(place, neighbour, "statement", chunk=1)
            hold.let_go()
        hold.close()
        ends.append(attempt.end())
        assert waiting is None or waiting.end() == "Completed"
    return ends
