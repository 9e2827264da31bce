"""`make install`: the Helm chart with this checkout's images, in namespace `pim`.

  install.py                                the chart, in namespace pim
  install.py namespace NAME --database URL  one more namespace for jobs
  install.py postgres                       PostgreSQL for tests; prints its URL

With CLUSTER=current: into the cluster of the caller's own kube context, with the
images that OPERATOR_IMAGE and RUNNER_IMAGE name.
"""

import argparse
import json
import os
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev" / "cluster"))

import binaries  # noqa: E402 - after the path is set
from console import CannotGoOnError, fail, part, say  # noqa: E402 - after the path is set
from layout import RUNNER_UID, layout  # noqa: E402

from images import NOTIFIER, OPERATOR, POSTGRES, RUNNER  # noqa: E402

NAMESPACE = "pim"
RELEASE = "pimjobs"
# One operator is enough where nobody waits for it, and its log is all in one place.
_OPERATOR = {"replicas": 1}
SQLITE = "sqlite:////data/catalog.db"
POSTGRES_ADDRESS = "10.96.0.32"
# For tests on a throw-away database that only this machine reaches.
POSTGRES_PASSWORD = "pim"  # noqa: S105 - see above
POSTGRES_URL = f"postgresql://pim:{POSTGRES_PASSWORD}@{POSTGRES_ADDRESS}:5432/postgres"


def current() -> bool:
    """Whether to use the caller's own cluster."""
    return os.environ.get("CLUSTER") == "current"


def install() -> None:
    """Install everything and wait until the operator is ready."""
    images = _images()
    _link_helm()
    _make_namespace(NAMESPACE)
    with part("Installing the chart"):
        _helm(NAMESPACE, {"operator": _OPERATOR | images.pop("operator"), **images})
        _roll_out("pimjobs-operator")
    _wait_for_claim(NAMESPACE)
    say(f"Installed. Jobs run in namespace {NAMESPACE}; try: kubectl -n {NAMESPACE} get pimjobs")


def namespace(name: str, database_url: str) -> None:
    """Set one more namespace up in which jobs run, with a database of its own."""
    _link_helm()
    with part(f"Setting namespace {name} up for jobs"):
        _make_namespace(name)
        _apply("database.yaml", NAMESPACE=name, DATABASE_URL=database_url)
        # A release of the same chart without what the cluster has once.
        once = {"operator": {"enabled": False}, "crds": {"enabled": False}}
        roles = {"rbac": {"aggregate": {"view": False, "edit": False, "admin": False}}}
        _helm(name, {**once, **roles, "database": {"existingSecret": "pimjob-database"}})
        _wait_for_claim(name)


def _make_namespace(name: str) -> None:
    _apply("namespace.yaml", NAMESPACE=name)
    if not current():
        # Before its claim, which is otherwise looked at again only after 15 s.
        _apply("local-volume.yaml", NAMESPACE=name, DATA=str(_make_data_folder(name)))


def _wait_for_claim(namespace: str) -> None:
    """Wait for the files volume: the first job's pod would be unschedulable until then."""
    if not current():
        bound = "--for=jsonpath={.status.phase}=Bound"
        kubectl("-n", namespace, "wait", bound, "pvc/pimjob-data", "--timeout=60s")


def _make_data_folder(name: str) -> Path:
    """Return a namespace's part of the files volume; the runner's user owns it."""
    data = layout().data / ("" if name == NAMESPACE else name)
    (data / "in").mkdir(parents=True, exist_ok=True)
    for folder in (data, data / "in"):
        os.chown(folder, RUNNER_UID, RUNNER_UID)
    return data


def postgres() -> None:
    """Start PostgreSQL in the local cluster and print its URL."""
    with part("Starting PostgreSQL"):
        _apply(
            "postgres.yaml",
            NAMESPACE=NAMESPACE,
            POSTGRES_IMAGE=POSTGRES.name(ROOT),
            POSTGRES_ADDRESS=POSTGRES_ADDRESS,
            POSTGRES_PASSWORD=POSTGRES_PASSWORD,
        )
        _roll_out("postgres")
    say(POSTGRES_URL)


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """Run kubectl against the right cluster; fail with what it says."""
    return _run("kubectl", *arguments, stdin=stdin)


def _helm(namespace: str, values: dict[str, Any]) -> None:
    """Install the chart, or bring what is installed up to date."""
    chart = str(ROOT / "charts" / "pimjobs")
    command = ("helm", "upgrade", RELEASE, chart, "--install", "--namespace", namespace)
    # Not with --wait: a claim whose volume is made for its first pod is never bound by then.
    _run(*command, "--values=-", stdin=json.dumps(values))


def _link_helm() -> None:
    """Put a Helm of our own where the Makefile looks for one, building it if need be."""
    if not current():
        link = layout().folder / "bin" / "helm"
        link.unlink(missing_ok=True)
        link.symlink_to(binaries.tools(layout()) / "helm")


def _run(program: str, *arguments: str, stdin: str | None = None) -> str:
    command = [program, *arguments]
    if not current():
        command.insert(1, f"--kubeconfig={layout().kubeconfig}")
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise CannotGoOnError(f"{program} is not installed, or not in PATH.") from None
    if done.returncode != 0:
        raise CannotGoOnError(f"{program} {' '.join(arguments)}:\n{done.stderr.strip()}")
    return done.stdout


def _roll_out(deployment: str) -> None:
    try:
        kubectl("-n", NAMESPACE, "rollout", "status", f"deployment/{deployment}", "--timeout=120s")
    except CannotGoOnError as error:
        say(kubectl("-n", NAMESPACE, "describe", "pods"))
        say(kubectl("-n", NAMESPACE, "logs", f"deployment/{deployment}", "--tail=50"))
        raise CannotGoOnError(f"{deployment} did not become ready: {error}") from error


def _apply(file: str, **values: str) -> None:
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    rendered = string.Template(text).substitute(values)
    kubectl("apply", "--filename=-", stdin=rendered)


def _images() -> dict[str, Any]:
    """Return the chart's values that say which images to run."""
    if not current():
        names = {
            "operator": OPERATOR.name(ROOT),
            "runner": RUNNER.name(ROOT),
            # Not switched on: whoever does that finds it there.
            "notifier": NOTIFIER.name(ROOT),
        }
    else:
        try:
            names = {c: os.environ[f"{c.upper()}_IMAGE"] for c in ("operator", "runner")}
        except KeyError as error:
            raise CannotGoOnError(
                f"{error.args[0]} is not set: with CLUSTER=current the images come from your"
                " registry; see make images CLUSTER=current."
            ) from error
    return {component: {"image": _parts(name)} for component, name in names.items()}


def _parts(name: str) -> dict[str, str]:
    """Return REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@DIGEST as the chart wants it."""
    registry, slash, rest = name.partition("/")
    if not slash:
        registry, rest = "", name
    repository, _, digest = rest.partition("@")
    repository, _, tag = repository.partition(":")
    return {"registry": registry, "repository": repository, "tag": tag, "digest": digest}


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command")
    one = commands.add_parser("namespace", help="set one more namespace up for jobs")
    one.add_argument("name")
    one.add_argument("--database", default=SQLITE, help=f"database URL (default {SQLITE})")
    commands.add_parser("postgres", help="start PostgreSQL for tests, print its URL")
    options = parser.parse_args()
    try:
        if options.command == "namespace":
            namespace(options.name, options.database)
        elif options.command == "postgres":
            postgres()
        else:
            install()
    except CannotGoOnError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
