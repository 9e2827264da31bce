"""What the demo prints."""

from demo_run.conduct import Execution
from demo_run.display import describe
from demo_run.jobs import DemoJob, Status
from demo_run.table import table

PRODUCTS = DemoJob("products.csv", "Products", ("product_models.csv",))


def execution(**status: object) -> Execution:
    found: Status = status
    return Execution(PRODUCTS, name="demo-products-x", status=found, started=1.0)


def test_a_job_not_yet_started_says_what_it_waits_for() -> None:
    assert describe(Execution(PRODUCTS)) == "waits for product_models"


def test_a_job_that_no_operator_has_seen_is_applied() -> None:
    assert describe(execution()) == "applied"


def test_a_waiting_job_shows_the_reason_from_its_status() -> None:
    waiting = execution(phase="Starting", reason="ImagePullBackOff", message="cannot pull runner:9")
    assert describe(waiting) == "Starting   ImagePullBackOff: cannot pull runner:9"


def test_a_running_job_shows_step_progress_and_time_left() -> None:
    running = execution(
        phase="Running", step="3/4 import", progress="42%", etaSeconds=7, warnings=12
    )
    assert describe(running) == "Running    3/4 import  42%  7 s left  12 warnings"


def test_time_left_is_absent_while_it_cannot_be_told() -> None:
    assert describe(execution(phase="Running", step="1/4 download")) == "Running    1/4 download"


def test_the_table_has_what_the_resource_says() -> None:
    steps = [
        {"name": "download", "phase": "Completed"},
        {
            "name": "import",
            "phase": "Completed",
            "counters": {"read": 10_050, "created": 10_000, "invalid": 50},
        },
    ]
    done = execution(phase="Completed", steps=steps)
    done.see(done.status, 3.5)
    assert table([done]).splitlines()[-1].split() == [
        "Products", "csv_product_import", "Completed", "2/2", "10,050", "10,000", "0", "0", "50",
        "2.5", "s",
    ]  # fmt: skip


def test_a_job_that_never_started_is_in_the_table() -> None:
    assert "not started" in table([Execution(PRODUCTS)])
