"""The parts of the cluster harness that decide what is touched and what is left alone."""

import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import base_image
import binaries
import network
import pause_image
import processes
import pytest
from components import components, configure
from console import CannotGoOnError
from layout import KUBERNETES, USUAL_KUBERNETES, Layout, layout

import images
from support.control_plane import wait_for

SAVED = """\
*nat
:PREROUTING ACCEPT [0:0]
COMMIT
*filter
:INPUT ACCEPT [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NODEPORTS - [0:0]
-A INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODEPORTS
-A INPUT -p tcp --dport 22 -m comment --comment "for kubernetes admins" -j ACCEPT
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
COMMIT
"""


def test_only_rules_of_kubernetes_are_removed() -> None:
    assert network.removal(SAVED).splitlines() == [
        "*filter",
        '-D INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODEPORTS',
        "-F KUBE-FORWARD",
        "-F KUBE-NODEPORTS",
        "-X KUBE-FORWARD",
        "-X KUBE-NODEPORTS",
        "COMMIT",
    ]


@pytest.fixture
def where(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "checkout", tmp_path / "cache", tmp_path / "state", tmp_path / "run")


def test_a_process_is_started_once_and_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    start = {"run": tmp_path / "run", "logs": tmp_path / "logs", "path": os.environ["PATH"]}
    processes.start("one", command, **start)
    pid = json.loads((tmp_path / "run" / "one.pid").read_text())["pid"]
    processes.start("one", command, **start)
    assert json.loads((tmp_path / "run" / "one.pid").read_text())["pid"] == pid
    processes.stop("one", tmp_path / "run")
    assert not processes.alive("one", tmp_path / "run")


def test_a_pid_that_is_another_process_by_now_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        record = {"pid": other.pid, "started": "another boot:1"}
        (tmp_path / "one.pid").write_text(json.dumps(record))
        processes.stop("one", tmp_path)
        assert other.poll() is None
    finally:
        other.terminate()
        other.wait()


def test_every_listener_is_on_loopback_or_the_bridge(where: Layout) -> None:
    configure(where, where.cache)
    text = " ".join(flag for c in components(where, where.cache) for flag in c.command)
    files = " ".join(file.read_text() for file in where.config.glob("*.*"))
    everywhere = "0.0.0.0"  # noqa: S104 - what must not be there
    assert everywhere not in (text + files).replace(f"{everywhere}/0", "")
    for flag in ("--bind-address=127.0.0.1", "--bind-address=10.244.0.1"):
        assert flag in text


def test_the_pause_image_is_an_archive_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "pause").write_bytes(b"binary")
    archive = pause_image.archive(tmp_path / "pause", "localhost/pause:1")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
        layer = tar.extractfile("layer.tar")
        assert manifest[0]["RepoTags"] == ["localhost/pause:1"]
        with tarfile.open(fileobj=layer) as inner:
            assert inner.getnames() == ["pause"]


def test_an_images_tag_changes_with_its_sources(tmp_path: Path) -> None:
    source = tmp_path / "dev" / "images"
    source.mkdir(parents=True)
    (source / "Dockerfile").write_text("FROM scratch")
    before = images.POSTGRES.name(tmp_path)
    assert images.POSTGRES.name(tmp_path) == before
    (source / "Dockerfile").write_text("FROM other")
    assert images.POSTGRES.name(tmp_path) != before


def test_a_bases_tag_changes_with_its_packages() -> None:
    other = base_image.Base("python", ("python3",), "other")
    assert base_image.PYTHON.image != other.image


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("", USUAL_KUBERNETES), ("1.32", "1.32.13"), ("1.32.13", "1.32.13"), ("1.37", "1.37.2")],
)
def test_a_release_of_kubernetes_is_found_by_its_beginning(
    wanted: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K8S_VERSION", wanted)
    assert layout().kubernetes == found


@pytest.mark.parametrize("wanted", ["1.3", "1.36.4", "newest"])
def test_a_release_that_cannot_be_built_is_refused_with_those_that_can(
    wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("K8S_VERSION", wanted)
    with pytest.raises(CannotGoOnError, match=r"only 1\.32\.13, 1\.36\.3, 1\.37\.2"):
        layout()


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_release_has_a_module_of_that_version(version: str) -> None:
    module = binaries.kubernetes(version)
    text = (binaries.SOURCES / module.folder / "go.mod").read_text(encoding="utf-8")
    assert f"k8s.io/kubernetes v{version}" in text
    assert f"gitVersion=v{version} " in module.flags


def test_of_two_builds_one_waits_for_the_other(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    order: list[str] = []
    left = tmp_path / ".building-killed"
    left.mkdir()

    def second() -> None:
        with binaries.alone(tmp_path):
            order.append("second")

    with binaries.alone(tmp_path):
        assert not left.exists()
        other = threading.Thread(target=second)
        other.start()
        wait_for(lambda: "Waiting for another build" in capfd.readouterr().out, "a word about it")
        order.append("first")
    other.join()
    assert order == ["first", "second"]
