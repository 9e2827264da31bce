"""`make install`: CRDs, operator and runner set up in namespace `pim`.

  install.py                                CRDs, operator, and namespace pim for jobs
  install.py namespace NAME --database URL  one more namespace for jobs
  install.py postgres                       PostgreSQL for tests; prints its URL

With CLUSTER=current: into the cluster of the caller's own kube context, with the
images that OPERATOR_IMAGE and RUNNER_IMAGE name.
"""

import argparse
import os
import string
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev" / "cluster"))

from console import CannotGoOnError, fail, part, say  # noqa: E402 - after the path is set
from layout import RUNNER_UID, layout  # noqa: E402

from images import OPERATOR, POSTGRES, RUNNER  # noqa: E402

NAMESPACE = "pim"
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
    names = _image_names()
    with part("Installing CRDs"):
        for folder in ("crds", "crds/policies"):
            kubectl("apply", "--server-side", "--force-conflicts", f"--filename={ROOT / folder}")
        for plural in ("pimjobs", "pimjobtypes", "pimreleases"):
            crd = f"crd/{plural}.pimjobs.dev"
            kubectl("wait", "--for=condition=Established", crd, "--timeout=60s")
    namespace(NAMESPACE, SQLITE)
    with part("Installing the operator"):
        _apply("rbac.yaml", NAMESPACE=NAMESPACE)
        _apply("operator.yaml", NAMESPACE=NAMESPACE, **names)
        _roll_out("pimjob-operator")
    say(f"Installed. Jobs run in namespace {NAMESPACE}; try: kubectl -n {NAMESPACE} get pimjobs")


def namespace(name: str, database_url: str) -> None:
    """Set a namespace up in which jobs run."""
    with part(f"Setting namespace {name} up for jobs"):
        if not current():
            # Before its claim, which is otherwise looked at again only after 15 s.
            _apply("local-volume.yaml", NAMESPACE=name, DATA=str(_make_data_folder(name)))
        _apply("runner.yaml", NAMESPACE=name, DATABASE_URL=database_url)
        if not current():
            # The first job's pod would be unschedulable until then.
            bound = "--for=jsonpath={.status.phase}=Bound"
            kubectl("-n", name, "wait", bound, "pvc/pimjob-data", "--timeout=60s")


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
    command = ["kubectl", *arguments]
    if not current():
        command.insert(1, f"--kubeconfig={layout().kubeconfig}")
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotGoOnError(f"kubectl {' '.join(arguments)}:\n{done.stderr.strip()}")
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


def _image_names() -> dict[str, str]:
    if not current():
        return {"OPERATOR_IMAGE": OPERATOR.name(ROOT), "RUNNER_IMAGE": RUNNER.name(ROOT)}
    try:
        return {name: os.environ[name] for name in ("OPERATOR_IMAGE", "RUNNER_IMAGE")}
    except KeyError as error:
        raise CannotGoOnError(
            f"{error.args[0]} is not set: with CLUSTER=current the images come from your registry;"
            " see make images CLUSTER=current."
        ) from error


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
