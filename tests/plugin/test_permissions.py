"""People with few permissions: what works for them, and what they are told of the rest."""

import pytest

from support.plugin import Allow, Jobs, Plugin, attempt

pytestmark = pytest.mark.cluster

GROUP = "pimjobs.dev"
AS_JULIA = "--as=julia"


@pytest.fixture
def viewer(allow: Allow) -> None:
    allow("julia", (GROUP, "pimjobs", "get list watch"))


@pytest.mark.usefixtures("viewer")
def test_who_may_look_may_look(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Completed"}, user="julia")
    assert plugin("list", AS_JULIA).names == ["a"]
    assert plugin("get", "a", AS_JULIA).code == 0
    assert plugin("wait", "a", AS_JULIA).code == 0


@pytest.mark.usefixtures("viewer")
@pytest.mark.parametrize("verb", ["stop", "retry"])
def test_who_may_only_look_is_told_by_the_server(jobs: Jobs, plugin: Plugin, verb: str) -> None:
    jobs.put("a", {"phase": "Failed"})
    done = plugin(verb, "a", AS_JULIA)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        'pimjob.pimjobs.dev/a: not done: Forbidden: pimjobs.pimjobs.dev "a" is forbidden:'
        ' User "julia" cannot patch resource "pimjobs" in API group "pimjobs.dev"'
        f' in the namespace "{plugin.namespace}"\n'
    )


@pytest.mark.usefixtures("viewer")
def test_all_namespaces_need_permission_in_all(plugin: Plugin) -> None:
    done = plugin("list", "-A", AS_JULIA)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error from server (Forbidden): pimjobs.pimjobs.dev is forbidden")


def test_who_may_nothing_is_told_so_at_once_by_watch_too(plugin: Plugin) -> None:
    for command in (["list"], ["watch"], ["top"], ["releases"], ["types"]):
        done = plugin(*command, "--as=nobody")
        assert (done.code, done.out) == (1, "")
        assert 'User "nobody" cannot list resource' in done.err


@pytest.mark.usefixtures("viewer")
def test_logs_need_pods(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Running", "attempts": [attempt("a")]})
    done = plugin("logs", "a", AS_JULIA)
    assert done.code == 1
    assert 'User "julia" cannot list resource "pods"' in done.err


@pytest.mark.usefixtures("viewer")
def test_files_say_what_has_to_be_allowed(jobs: Jobs, plugin: Plugin) -> None:
    files = [{"kind": "input", "name": "a.csv", "url": "file:///data/in/a.csv"}]
    jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")], "artifacts": files})
    done = plugin("files", "a", "a.csv", AS_JULIA)
    assert (done.code, done.out) == (1, "")
    assert "The job's claim cannot be read" in done.err
    assert 'User "julia" cannot create resource "pods"' in done.err
    assert "You need: create, get and delete pods, create pods/exec" in done.err


def test_files_need_no_more_than_they_say(jobs: Jobs, plugin: Plugin, allow: Allow) -> None:
    allow("julia", (GROUP, "pimjobs", "get"), ("", "pods", "create get delete"))
    accounts = f"/api/v1/namespaces/{jobs.namespace}/serviceaccounts"
    jobs.api.create(accounts, {"metadata": {"name": "default"}})
    files = [{"kind": "input", "name": "a.csv", "url": "file:///data/in/a.csv"}]
    jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")], "artifacts": files})
    done = plugin("files", "a", "a.csv", "--timeout=1", AS_JULIA)
    assert "the pod that reads the files did not start in 1 s: no node has taken it" in done.err


@pytest.mark.usefixtures("viewer")
def test_the_version_is_told_as_far_as_it_can_be_read(plugin: Plugin) -> None:
    done = plugin("version", AS_JULIA)
    assert done.code == 0
    assert "The operator's version cannot be read: deployments.apps is forbidden" in done.err
