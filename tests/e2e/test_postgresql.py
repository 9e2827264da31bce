"""The same import on PostgreSQL, in a namespace whose Secret says so."""

from pathlib import Path

import psycopg
import pytest
from jobs import Jobs, counters

from conftest import ATTRIBUTES, ROOT, install

pytestmark = pytest.mark.cluster
NAMESPACE = "pim-e2e-postgres"


@pytest.fixture(scope="module")
def url() -> str:
    """URL of PostgreSQL in the cluster; the namespace uses it."""
    found = install("postgres")
    install("namespace", NAMESPACE, "--database", found)
    return found


def test_products_arrive_in_postgresql(url: str) -> None:
    jobs = Jobs(NAMESPACE, Path(ROOT / ".cluster" / "data" / NAMESPACE))
    source = jobs.write("attributes.csv", ATTRIBUTES)
    name = jobs.create(type="csv_attribute_import", parameters={"source": source})
    jobs.wait(name, "phase", "Completed")
    rows = "".join(f"pg-{n};Name {n};{n}\n" for n in range(1000))
    source = jobs.write("products.csv", f"sku;name-en_US;stock\n{rows}bad;x;many\n")
    name = jobs.create(type="csv_product_import", parameters={"source": source})
    status = jobs.wait(name, "phase", "Completed")
    done = counters(status, "import")
    assert (done["read"], done["invalid"]) == (1001, 1)
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT count(*), min(raw_values->'stock'->'<all_channels>'->>'<all_locales>')"
            " FROM product WHERE identifier LIKE 'pg-%'"
        ).fetchone()
    assert found == (1000, "0")
