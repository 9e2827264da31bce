"""Launching: parameters become what the type's schema says, and the user is whoever asks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pimjob_cli import job_types
from pimjob_cli.errors import UsageError
from support.control_plane import Api, wait_for
from support.plugin import OURS, Jobs, Plugin

SOURCE = "source=file:///data/in/a.csv"


@pytest.mark.cluster
def test_a_type_with_parameters(jobs: Jobs, plugin: Plugin) -> None:
    given = ["-p", SOURCE, "-p", "maxMegabytes=50", "-p", "enabled=false", "-p", "delimiter=;"]
    done = plugin("run", "csv_product_import", *given, "--label=Daily", "--name=daily")
    assert (done.out, done.err, done.code) == ("pimjob.pimjobs.dev/daily created\n", "", 0)
    spec = jobs.read("daily")["spec"]
    assert (spec["type"], spec["label"], spec["user"]) == ("csv_product_import", "Daily", "admin")
    assert spec["parameters"] == {
        "source": "file:///data/in/a.csv", "maxMegabytes": 50, "enabled": False, "delimiter": ";",
    }  # fmt: skip


@pytest.mark.cluster
def test_a_name_is_made_up(plugin: Plugin) -> None:
    one, other = (plugin("run", "installation-check", "-o", "name").out for _ in range(2))
    assert one != other
    assert one.startswith("pimjob.pimjobs.dev/installation-check-")


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Name a type or a profile"),
        (["csv_product_import"], 2, "missing: -p source=…"),
        (["csv_product_import", "-p", SOURCE, "-p", "delimitr=;"], 2, "did you mean delimiter?"),
        (["csv_product_import", "-p", SOURCE, "-p", "maxMegabytes=x"], 2, "'x' is no integer"),
        (["csv_product_import", "-p", SOURCE, "-p", "delimiter=x"], 2, "'x' is none of"),
        (["csv_product_import", "-p", SOURCE, "-p", "delimiter"], 2, "write -p delimiter=VALUE"),
        (["type/nothing"], 1, "there is no type 'nothing'"),
        (["nothing"], 1, "this cluster has no PimJobProfiles (CRD pimjobprofiles.pimjobs.dev)"),
        (["profile/x"], 1, "this cluster has no PimJobProfiles (CRD pimjobprofiles.pimjobs.dev)"),
    ],
)
def test_what_cannot_be_run(
    jobs: Jobs, plugin: Plugin, arguments: list[str], code: int, said: str
) -> None:
    done = plugin("run", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert jobs.all() == []


@pytest.mark.cluster
def test_a_file_of_a_pimjob(jobs: Jobs, plugin: Plugin) -> None:
    spec = {"type": "csv_product_import", "user": "julia", "parameters": {"delimiter": ";"}}
    manifest = {"apiVersion": "pimjobs.dev/v1alpha1", "kind": "PimJob", "spec": spec}
    named = {**manifest, "metadata": {"name": "from-file"}}
    done = plugin("run", "-f", "-", "-p", SOURCE, stdin=yaml.safe_dump(named))
    assert done.out == "pimjob.pimjobs.dev/from-file created\n"
    found = jobs.read("from-file")["spec"]
    assert (found["user"], found["parameters"]["delimiter"]) == ("julia", ";")
    assert plugin("run", "-f", "-", "-p", SOURCE, stdin=json.dumps(manifest)).code == 0


@pytest.mark.cluster
def test_a_file_of_parameters(jobs: Jobs, plugin: Plugin) -> None:
    (plugin.home / "parameters.json").write_text('{"source": "file:///data/in/b.csv"}')
    done = plugin("run", "csv_product_import", "--from-file=parameters.json", "--name=a")
    assert done.code == 0
    assert jobs.read("a")["spec"]["parameters"] == {"source": "file:///data/in/b.csv"}


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", "is a Pod, not a PimJob"),
        ("just: text\n", "is neither a PimJob nor a JSON object of parameters"),
        ("[1, 2]", "is neither a PimJob nor a JSON object of parameters"),
        ('{"source": "x"}', "names no type"),
    ],
)
def test_a_file_that_is_something_else(plugin: Plugin, content: str, said: str) -> None:
    done = plugin("run", "--from-file=-", stdin=content)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.cluster
@pytest.mark.parametrize("kind", ["client", "server"])
def test_a_dry_run_prints_what_can_be_applied(jobs: Jobs, plugin: Plugin, kind: str) -> None:
    done = plugin("run", "csv_product_import", "-p", SOURCE, f"--dry-run={kind}", "-o", "yaml")
    made = yaml.safe_load(done.out)
    assert (made["kind"], made["spec"]["user"]) == ("PimJob", "admin")
    assert jobs.all() == []


@pytest.fixture
def profiles(server: tuple[Api, Path]) -> Iterator[None]:
    """A kind of that name, whatever its schema: what is read of one is in docs/kubectl.md."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1alpha1", "served": True, "storage": True}
    names = {"plural": "pimjobprofiles", "singular": "pimjobprofile", "kind": "PimJobProfile"}
    body = {
        "metadata": {"name": "pimjobprofiles.pimjobs.dev"},
        "spec": {
            "group": "pimjobs.dev",
            "scope": "Namespaced",
            "names": {**names, "listKind": "PimJobProfileList"},
            "versions": [{**version, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    server[0].create(path, body)
    wait_for(lambda: server[0].exists(f"{OURS}/pimjobprofiles"), "the kind")
    yield
    server[0].delete(f"{path}/pimjobprofiles.pimjobs.dev")
    wait_for(lambda: not server[0].exists(f"{OURS}/pimjobprofiles"), "the kind's end")


@pytest.mark.cluster
@pytest.mark.usefixtures("profiles")
def test_a_profile_where_the_cluster_has_profiles(jobs: Jobs, plugin: Plugin) -> None:
    spec = {
        "type": "csv_product_import",
        "label": "Daily products",
        "parameters": {"source": "file:///data/in/a.csv", "delimiter": ";"},
    }
    profile = {
        "apiVersion": "pimjobs.dev/v1alpha1",
        "kind": "PimJobProfile",
        "metadata": {"name": "daily"},
        "spec": spec,
    }
    jobs.api.create(f"{OURS}/namespaces/{plugin.namespace}/pimjobprofiles", profile)
    assert plugin("profiles").names == ["daily"]
    assert plugin("run", "daily", "-p", "delimiter=,", "--name=a").code == 0
    made = jobs.read("a")["spec"]
    assert {key: made[key] for key in ("type", "profile", "label")} == {
        "type": "csv_product_import", "profile": "daily", "label": "Daily products",
    }  # fmt: skip
    assert made["parameters"] == {"source": "file:///data/in/a.csv", "delimiter": ","}


@pytest.mark.cluster
def test_types_say_what_they_take(plugin: Plugin) -> None:
    assert "csv-product-import" in plugin("types").names
    shown = plugin("types", "csv_product_import").out
    assert "source" in shown
    assert "required" in shown


TYPE: dict[str, Any] = {
    "spec": {
        "parameters": {
            "properties": {
                "text": {"type": "string"},
                "count": {"type": "integer"},
                "ratio": {"type": "number"},
                "on": {"type": "boolean"},
                "codes": {"type": "array", "items": {"type": "string"}},
                "map": {"type": "object"},
                "maybe": {"type": ["integer", "null"]},
            },
            "additionalProperties": False,
        }
    }
}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("text=5", "5"), ("text=a=b", "a=b"), ("text=", ""), ("count=5", 5), ("ratio=5", 5),
        ("ratio=0.5", 0.5), ("on=true", True), ("codes=a,b", ["a", "b"]), ("codes=a", ["a"]),
        ('codes=["a,b"]', ["a,b"]), ('map={"a": 1}', {"a": 1}), ("maybe=null", None),
    ],
)  # fmt: skip
def test_a_text_becomes_a_value(given: str, value: Any) -> None:
    assert job_types.parse(TYPE, [given]) == {given.partition("=")[0]: value}


@pytest.mark.parametrize("given", ["count=1.5", "count=true", "on=1", "map=a", "nothing=1"])
def test_a_text_that_is_no_such_value(given: str) -> None:
    with pytest.raises(UsageError):
        job_types.parse(TYPE, [given])


@pytest.mark.cluster
def test_json_is_exact_and_takes_over_no_terminal(plugin: Plugin) -> None:
    label = "Très \u202e\x9b2J\U000e0001"
    run = ["run", "installation_check", "--name=a", f"--label={label}", "--dry-run=client"]
    done = plugin(*run, "--output=json")
    assert "Très \\u202e\\u009b2J\\udb40\\udc01" in done.out
    assert json.loads(done.out)["spec"]["label"] == label
