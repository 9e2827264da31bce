"""Commands of the documents can be copied: they say where, and ask for what there is."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.documents import ROOT, commands, inline, pages

VALUES: dict[str, Any] = yaml.safe_load((ROOT / "charts" / "pimjobs" / "values.yaml").read_text())
CRDS = [yaml.safe_load(file.read_text()) for file in sorted((ROOT / "crds").glob("*.yaml"))]
CLUSTER_WIDE = {"nodes", "crd", "namespace", "clusterrole", "pimjobtype", "pimjobtypes"}
# Of these no object of a namespace is asked.
ELSEWHERE = re.compile(r"auth whoami|completion|explain|krew|pimjob |get --raw|apply .*-f crds/")
WHERE = re.compile(r"(?:^|\s)(?:-n \S|-A\b|--namespace[ =]\S|--all-namespaces)")
# A list that names the namespaces itself.
LIST = re.compile(r"apply -f - +# only what had not ended")
# Generated from what `kubectl pimjob --help` says.
PAGES = [page for page in pages() if page.stem not in {"kubectl", "benchmarks"}]


def name(page: Path) -> str:
    return page.stem


def resource(command: str) -> str:
    """Return what a command is about: the word behind its verb, empty if there is none."""
    words = [word for word in command.split() if not word.startswith("-")]
    return words[1].partition("/")[0] if len(words) > 1 else ""


def says_where(command: str) -> bool:
    wide = resource(command) in {"", *CLUSTER_WIDE}
    return bool(WHERE.search(command) or ELSEWHERE.match(command) or LIST.match(command)) or wide


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_says_in_which_namespace(page: Path) -> None:
    assert [one for one in commands(page, "kubectl") if not says_where(one)] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_release_of_helm_is_one_of_a_namespace(page: Path) -> None:
    """`helm upgrade` without one makes another release, in `default`."""
    changes = ("install", "upgrade", "rollback", "uninstall", "test")
    found = [one for one in commands(page, "helm") if one.startswith(changes) and " pimjobs" in one]
    assert [one for one in found if not WHERE.search(one)] == []


def test_a_command_without_a_namespace_is_noticed() -> None:
    wrong = ["patch pvc pimjob-data -p '{}'", "get pimjobs", "delete pod POD --force",
             "apply -f pod.yaml", "logs job/NAME-1"]  # fmt: skip
    right = ["-n pim get pimjobs", "get pimjobs -A -o wide", "get nodes", "apply",
             "get --raw /readyz", "patch pimjobtype TYPE -p '{}'"]  # fmt: skip
    assert [one for one in wrong + right if not says_where(one)] == wrong


def test_fields_that_are_selected_by_can_be() -> None:
    known = {
        name: {field["jsonPath"].removeprefix(".") for field in version["selectableFields"]}
        for crd in CRDS
        for version in crd["spec"]["versions"]
        for name in (crd["spec"]["names"]["plural"], crd["spec"]["names"]["singular"])
    }
    asked = [
        (resource(one.removeprefix("-n NAMESPACE ").removeprefix("-n pim ")), field)
        for page in PAGES
        for one in commands(page, "kubectl")
        for field in re.findall(r"--field-selector[ =]([\w.]+)=", one)
    ]
    ours = [(kind, field) for kind, field in asked if kind in known]
    assert len(ours) > 10
    assert [(kind, field) for kind, field in ours if field not in known[kind]] == []


def exists(path: str) -> bool:
    """Whether the chart has a value. What a map holds that is empty is up to users."""
    found: Any = VALUES
    for part in path.split("."):
        if found == {}:
            return True
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return True


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_value_that_is_named_is_one_of_the_chart(page: Path) -> None:
    root = "|".join(VALUES)
    named = {
        path
        for code in inline(page)
        for path in re.findall(rf"^(?:--set )?((?:{root})(?:\.\w+)+)\b(?!\()", code)
        if not path.endswith((".md", ".py"))
    }
    pairs = " ".join(re.findall(r"--set[ =](\S+)", " ".join(commands(page, "helm"))))
    named |= set(re.findall(r"(?:^|[ ,])([\w.]+)=", pairs))
    assert sorted(path for path in named if not exists(path)) == []
