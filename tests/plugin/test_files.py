"""Files of a job: a list, and what is refused."""

import re
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from pimjob_cli import files
from pimjob_cli.actions.files import _print
from pimjob_cli.errors import CliError
from support.plugin import CSV, Jobs, Plugin, attempt


@pytest.mark.cluster
def test_a_list(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Completed", "artifacts": [CSV]})
    assert plugin("files", "a").rows == [["a.csv", "input", "2.0 KiB", "file:///data/in/a.csv"]]
    wrong = plugin("files", "a", "b.csv")
    assert (wrong.code, wrong.err) == (2, "error: there is no file 'b.csv'; there are: a.csv\n")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("file:///data/../etc/passwd", "is not inside of /data"),
        ("file:///data/%2e%2e/etc/passwd", "is not inside of /data"),
        ("file:///etc/passwd", "is not inside of /data"),
        ("file:///database/a", "is not inside of /data"),
        ("file:///data/a%0Ab", "is not inside of /data"),
        ("file://host/data/a", "is not in the files volume, but at file://host"),
        ("https://files.example/a.csv", "is not in the files volume, but at https://"),
    ],
)
def test_what_leads_out_of_the_volume_is_not_read(url: str, said: str) -> None:
    with pytest.raises(CliError, match=re.escape(said)):
        files.remote_path({"name": "a", "url": url}, "/data")


def test_a_path_inside_is_taken() -> None:
    odd = {"name": "a", "url": "file:///data/in/a%20b.csv"}
    assert files.remote_path(odd, "/data") == "/data/in/a b.csv"


@pytest.mark.parametrize("name", ["", ".", "..", "../a.csv", "a/b", "a\\b", "a:b", "a\nb"])
def test_a_name_that_leads_out_of_the_folder_is_not_saved(name: str) -> None:
    with pytest.raises(CliError, match="is no name to save a file under"):
        files.local_name({"name": name})


@pytest.mark.cluster
def test_what_leads_elsewhere_is_refused_before_a_pod_is_made(jobs: Jobs, plugin: Plugin) -> None:
    artifact = {"kind": "output", "name": "a.csv", "url": "file:///data/../etc/passwd"}
    jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")], "artifacts": [artifact]})
    done = plugin("files", "a", "a.csv")
    assert (done.code, done.out) == (1, "")
    assert "is not inside of /data" in done.err
    assert jobs.api.get(f"/api/v1/namespaces/{jobs.namespace}/pods")["items"] == []


@pytest.mark.cluster
def test_where_it_is_saved_is_looked_at_before_a_pod_is_made(jobs: Jobs, plugin: Plugin) -> None:
    accounts = f"/api/v1/namespaces/{jobs.namespace}/serviceaccounts"
    jobs.api.create(accounts, {"metadata": {"name": "default"}})
    jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")], "artifacts": [CSV]})
    done = plugin("files", "a", "a.csv", "--to=nowhere/x", "--timeout=1")
    assert (done.code, done.err.splitlines()[1:]) == (
        1,
        ["error: nowhere/x is no folder that is there"],
    )


@pytest.mark.cluster
def test_a_file_that_is_there_is_not_replaced(jobs: Jobs, plugin: Plugin) -> None:
    jobs.put("a", {"phase": "Completed", "attempts": [attempt("a")], "artifacts": [CSV]})
    (plugin.home / "a.csv").write_text("mine")
    done = plugin("files", "a", "a.csv")
    assert (done.code, done.err.splitlines()[-1]) == (
        1,
        "error: a.csv is there already; --force replaces it",
    )


class _OneLine:
    def send(self, _path: str, to: BinaryIO) -> int:
        return to.write(b"a;b\n")


def test_a_file_that_cannot_be_printed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reader: Any = _OneLine()
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(CliError, match="cannot be written: No space left on device"):
            _print(reader, "/data/a.csv")
