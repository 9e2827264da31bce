"""No upgrade deletes the Secret that its values name, whoever has made it."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.callers import person_kubeconfig
from support.chart_values import TEAM
from support.control_plane import Api, binaries
from support.helm import CHART, Helm, Render

OWN = "pimjob-database"
NAMESPACES = ("secrets-a", "secrets-b")
MINE = {"metadata": {"name": OWN}, "stringData": {"url": "postgresql://mine"}}
Upgrade = Callable[[str], str]


def path(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets"


def here(kubeconfig: Path) -> tuple[str, ...]:
    return (f"--namespace={NAMESPACES[0]}", f"--kubeconfig={kubeconfig}")


@pytest.fixture(scope="module", autouse=True)
def namespaces(server: tuple[Api, Path]) -> None:
    for name in NAMESPACES:
        server[0].create("/api/v1/namespaces", {"metadata": {"name": name}})


@pytest.fixture
def upgrade(helm: Helm, server: tuple[Api, Path]) -> Iterator[Upgrade]:
    """A release for two namespaces, with the chart's Secret; name another, and see what it says."""
    api, kubeconfig = server
    values = json.dumps({**TEAM, "runner": {"namespaces": NAMESPACES}})
    done = helm("install", "pimjobs", CHART, "--values=-", *here(kubeconfig), stdin=values)
    assert done.returncode == 0, done.stderr

    def run(secret: str) -> str:
        named = f"--set=database.existingSecret={secret}"
        command = ("upgrade", "pimjobs", CHART, "--reset-then-reuse-values", named)
        done = helm(*command, *here(kubeconfig))
        return done.stderr if done.returncode else ""

    yield run
    helm("uninstall", "pimjobs", *here(kubeconfig))
    for namespace in NAMESPACES:
        claim = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/pimjob-data"
        api.patch(claim, {"metadata": {"finalizers": None}})
        api.delete(claim)
        if api.exists(f"{path(namespace)}/{OWN}"):
            api.delete(f"{path(namespace)}/{OWN}")


def urls(api: Api) -> list[str]:
    return [api.get(f"{path(namespace)}/{OWN}")["data"]["url"] for namespace in NAMESPACES]


def test_one_of_the_charts_name_stays_once_it_is_said_whose_it_is(
    server: tuple[Api, Path], upgrade: Upgrade
) -> None:
    """Helm deletes what was in the former release by its name, not by who made what is there."""
    api, kubeconfig = server
    for namespace in NAMESPACES:
        api.delete(f"{path(namespace)}/{OWN}")
        api.create(path(namespace), MINE)
    mine = urls(api)
    refusal = upgrade(OWN)
    assert "Give yours another name" in refusal
    assert urls(api) == mine
    told = re.findall(r"`kubectl (.*?)`", refusal)
    assert len(told) == len(NAMESPACES)
    for command in told:
        kubectl = [binaries() / "kubectl", f"--kubeconfig={kubeconfig}", *command.split()]
        subprocess.run(kubectl, check=True)
    for _ in range(2):
        assert upgrade(OWN) == ""
        assert urls(api) == mine


def test_one_of_the_chart_is_not_taken_for_another(
    server: tuple[Api, Path], upgrade: Upgrade
) -> None:
    """It goes when another is named, and is there until then."""
    api, _ = server
    assert "Give yours another name" in upgrade(OWN)
    assert len(urls(api)) == len(NAMESPACES)
    assert upgrade("pimjob-postgresql") == ""
    assert not any(api.exists(f"{path(namespace)}/{OWN}") for namespace in NAMESPACES)


def test_only_an_upgrade_to_the_charts_name_reads_secrets(
    server: tuple[Api, Path], helm: Helm
) -> None:
    """An installation deletes nothing, and whoever names another needs no right to read them."""

    def is_refused(secret: str, *arguments: str) -> bool:
        where = (*here(person_kubeconfig(server, "installer")), "--dry-run=server")
        named = f"--set=database.existingSecret={secret}"
        done = helm("template", "pimjobs", CHART, named, *arguments, *where)
        return 'cannot get resource "secrets"' in done.stderr

    assert not is_refused(OWN)
    assert not is_refused("pimjob-postgresql", "--is-upgrade")
    assert is_refused(OWN, "--is-upgrade")


def test_there_is_no_cluster_to_ask(helm: Helm) -> None:
    """Whoever renders elsewhere and applies what comes out, such as Argo CD, is refused nothing."""
    named = f"--set=database.existingSecret={OWN}"
    assert helm("template", "pimjobs", CHART, named, "--is-upgrade").returncode == 0


def test_the_secret_of_the_chart_can_be_rolled_back_to(render: Render) -> None:
    """Helm 3 ends a roll-back at an object that it has kept and no longer knows."""
    (own,) = [one for one in render() if one["kind"] == "Secret"]
    assert "annotations" not in own["metadata"]
