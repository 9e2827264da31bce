"""What a list shows, whom it asks, and in which format it answers."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from support.control_plane import Api
from support.plugin import Jobs, Plugin

pytestmark = pytest.mark.cluster

PHASES = (
    *("Queued", "Starting", "Running", "Pausing", "Paused"),
    *("Stopping", "Stopped", "Completed", "Failed"),
)


@pytest.fixture(scope="module")
def one_of_each(
    server: tuple[Api, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Plugin]:
    """A job in each phase, and one that the operator has not seen; only read by tests."""
    name = f"plugin-{uuid.uuid4().hex[:8]}"
    server[0].create("/api/v1/namespaces", {"metadata": {"name": name}})
    jobs = Jobs(server[0], name)
    for phase in PHASES:
        jobs.put(phase.lower(), {"phase": phase}, label=f"Daily {phase}")
    jobs.put("unseen")
    yield Plugin(server[1], name, tmp_path_factory.mktemp("home"))
    server[0].delete(f"/api/v1/namespaces/{name}")


def test_it_lists_your_own_jobs(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("mine")
    jobs.put("hers", user="julia")
    assert plugin("list").names == ["mine"]
    assert plugin("list", "--user=julia").names == ["hers"]
    assert sorted(plugin("list", "--all-users").names) == ["hers", "mine"]
    assert sorted(plugin("list", "--user=julia,admin").names) == ["hers", "mine"]


def test_who_you_are_is_what_the_api_server_says(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("hers", user="julia")
    done = plugin("list", "--as=julia", "--as-group=system:masters")
    assert done.names == ["hers"]


def test_where_nothing_is_found_it_says_how_to_see_more(plugin: Plugin) -> None:
    done = plugin("list")
    assert (done.out, done.code) == ("", 0)
    assert done.err == (
        f"No jobs of admin found in namespace {plugin.namespace}. --all-users shows everybody's.\n"
    )


def test_a_row_says_what_a_tracker_says(jobs: Jobs, plugin: Plugin) -> None:
    status = {
        "phase": "Running",
        "step": "3/4 Import products",
        "progress": "42%",
        "etaSeconds": 81,
        "warnings": 1200,
    }
    jobs.put("a", status, label="Daily products")
    done = plugin("list")
    assert done.out.splitlines()[0].split() == [
        "NAME", "LABEL", "TYPE", "PHASE", "STEP", "PROGRESS", "LEFT", "WARNINGS", "USER", "AGE",
    ]  # fmt: skip
    assert done.rows[0][:-1] == [
        "a", "Daily products", "csv_product_import", "Running", "3/4 Import products", "42%",
        "1m21s", "1,200", "admin",
    ]  # fmt: skip


def test_time_left_is_only_said_of_what_runs(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Paused", "etaSeconds": 81})
    assert plugin("list").rows[0][6] == "-"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--status=running"], ["running"]),
        (["--status=running,PAUSED", "--status=Failed"], ["failed", "paused", "running"]),
        (["--name=daily", "--name=ST"], ["starting", "stopped", "stopping"]),
        (["--name=daily st"], ["starting", "stopped", "stopping"]),
        (["--since=1h", "--status=queued"], ["queued"]),
        (["--type=csv-product-import", "--status=queued"], ["queued"]),
        (["--type=other"], []),
        (["--profile=none"], []),
    ],
)
def test_filters(one_of_each: Plugin, filters: list[str], found: list[str]) -> None:
    assert sorted(one_of_each("list", *filters).names) == found


def test_a_profile_and_labels(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", profile="daily", labels={"team": "pim"})
    jobs.put("b", profile="weekly", labels={"team": "shop"})
    assert plugin("list", "--profile=daily").names == ["a"]
    assert plugin("list", "-l", "team in (shop)").names == ["b"]


def test_all_namespaces(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", user="only-here")
    done = plugin("list", "-A", "--user=only-here")
    assert done.rows[0][:2] == [plugin.namespace, "a"]


def test_an_order(jobs: Jobs, plugin: Plugin) -> None:
    for name, warnings in (("a", 2), ("b", 10), ("c", 1)):
        jobs.put(name, {"phase": "Completed", "warnings": warnings})
    assert plugin("list", "--sort=warnings").names == ["c", "a", "b"]
    assert plugin("list", "--sort=warnings", "--reverse").names == ["b", "a", "c"]
    assert plugin("list", "--sort=name", "--reverse").names == ["c", "b", "a"]


@pytest.mark.parametrize(
    "filters",
    [["--status=running,paused"], ["--name=daily", "--status=running,paused"]],
    ids=["chosen by the API server", "chosen here"],
)
def test_formats_of_kubectl(one_of_each: Plugin, filters: list[str]) -> None:
    plugin = one_of_each
    listed = json.loads(plugin("list", *filters, "-o", "json").out)
    assert sorted(item["metadata"]["name"] for item in listed["items"]) == ["paused", "running"]
    assert yaml.safe_load(plugin("list", *filters, "-o=yaml").out) == listed
    names = plugin("list", *filters, "-o", "jsonpath={.items[*].metadata.name}").out
    assert sorted(names.split()) == ["paused", "running"]
    columns = plugin("list", *filters, "-o", "custom-columns=N:.metadata.name,P:.status.phase")
    assert sorted(columns.out.split()) == ["N", "P", "Paused", "Running", "paused", "running"]


@pytest.mark.parametrize("filters", [[], ["--name=daily"]], ids=["chosen by the server", "here"])
def test_formats_of_kubectl_have_its_order_and_take_no_other(
    one_of_each: Plugin, filters: list[str]
) -> None:
    names = one_of_each("list", *filters, "-o", "jsonpath={.items[*].metadata.name}").out.split()
    assert names == sorted(names)
    assert len(names) >= len(PHASES)
    for order in ("--sort=started", "--sort=label", "--reverse"):
        done = one_of_each("list", *filters, order, "-o", "custom-columns=NAME:.metadata.name")
        assert (done.out, done.code) == ("", 2)
        assert "-o custom-columns has kubectl's order" in done.err


def test_an_empty_list_is_a_list(plugin: Plugin) -> None:
    for filters in ([], ["--name=nothing"]):
        assert json.loads(plugin("list", *filters, "-o", "json").out)["items"] == []


def test_names_can_be_passed_on(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a")
    assert plugin("list", "-o", "name").out == "pimjob.pimjobs.dev/a\n"
    assert plugin("get", "pimjob.pimjobs.dev/a", "-o", "name").out == "pimjob.pimjobs.dev/a\n"


def test_a_wide_list_says_more_and_headers_can_be_left_out(jobs: Jobs, plugin: Plugin) -> None:
    status = {"phase": "Queued", "attemptCount": 3, "activeSeconds": 65, "reason": "NoSuchType"}
    jobs.put("a", status, profile="daily")
    assert plugin("list", "-o", "wide").rows[0][-4:] == ["daily", "3", "1m5s", "NoSuchType"]
    assert len(plugin("list", "--no-headers").out.splitlines()) == 1


def test_what_people_have_written_cannot_take_over_the_terminal(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", label="\x1b[2Jgone\r\nb")
    done = plugin("list")
    assert "\x1b" not in done.out
    assert done.rows[0][1] == "[2Jgone  b"


def test_through_kubectl_itself(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a")
    assert plugin("list", through=("kubectl", "pimjob")).names == ["a"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--status=runing"], "'runing' is none of Queued, Starting"),
        (["list", "-o", "xml"], "'xml' is none of table, wide, json"),
        (["list", "--since=yesterday"], "'yesterday' is no time span"),
        (["lst"], "there is no command 'lst'"),
        (["get", "pods/a"], "write NAME or pimjob/NAME"),
    ],
)
def test_what_is_asked_for_wrongly(plugin: Plugin, arguments: list[str], said: str) -> None:
    done = plugin(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_cluster_that_does_not_answer(plugin: Plugin) -> None:
    done = plugin("list", "--server=https://127.0.0.1:1")
    assert (done.code, done.out) == (1, "")
    assert "connection refused" in done.err


def test_a_context_that_is_not_there(plugin: Plugin) -> None:
    done = plugin("list", "--context=nowhere")
    assert done.code == 1
    assert 'context "nowhere" does not exist' in done.err


def test_without_a_folder_for_its_socket_it_says_so(plugin: Plugin) -> None:
    done = plugin("list", TMPDIR="/nowhere")
    assert (done.out, done.code) == ("", 1)
    assert done.err == (
        "error: /nowhere takes no folder for a socket (No such file or directory);"
        " set TMPDIR to one that does\n"
    )


def test_without_kubectl_it_says_so(plugin: Plugin) -> None:
    done = plugin("list", PATH="/nowhere")
    assert (done.code, done.err.splitlines()[-1]) == (
        1,
        "error: kubectl is not on your PATH; kubernetes.io/docs/tasks/tools has it",
    )
