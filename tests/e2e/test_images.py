"""A new image of a type that does not come up, in real pods."""

import json
import uuid
from collections.abc import Iterator

import pytest
from jobs import Jobs, counters

from support.kube import kubectl

pytestmark = pytest.mark.cluster
# Many seconds of work, on a fast machine too: a wish is read every two.
ROWS = 800_000
TYPE = "pimjobtype/csv-product-import"
NEVER = "localhost/never-built:1"


@pytest.fixture
def broken_release() -> Iterator[None]:
    """Give the type an image that nobody has, once a test asks for it; take it back."""
    yield
    patch = json.dumps([{"op": "remove", "path": "/spec/image"}])
    kubectl("patch", TYPE, "--type=json", "-p", patch, check=False)


@pytest.mark.usefixtures("broken_release")
def test_a_job_goes_back_to_the_image_that_worked(jobs: Jobs) -> None:
    prefix = uuid.uuid4().hex[:6]
    rows = "".join(f"{prefix}-{n};Name {n};{n}\n" for n in range(ROWS))
    source = jobs.write(f"{prefix}.csv", f"sku;name-en_US;stock\n{rows}")
    name = jobs.create(type="csv_product_import", parameters={"source": source})
    jobs.wait(name, "step", "3/4 import")
    jobs.patch(name, desiredState="Paused")
    worked = jobs.wait(name, "phase", "Paused")["attempts"][0]["image"]

    kubectl("patch", TYPE, "--type=merge", "-p", json.dumps({"spec": {"image": NEVER}}))
    jobs.patch(name, desiredState="Running")
    status = jobs.wait(name, "phase", "Completed", seconds=180)

    assert [a["image"] for a in status["attempts"]] == [worked, NEVER, worked]
    assert [a["outcome"] for a in status["attempts"]] == ["Paused", "Crashed", "Completed"]
    (condition,) = status["conditions"]
    assert (condition["type"], condition["status"]) == ("ImageFallback", "True")
    assert NEVER in condition["message"]
    assert counters(status, "import") == {"created": ROWS, "read": ROWS}
    assert jobs.products(prefix) == ROWS
