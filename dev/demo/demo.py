"""Import the sample catalogue and see that all of it arrives, and nothing else.

  demo.py                  in the cluster of `make cluster`
  demo.py --local          on this machine, without a cluster
  CLUSTER=current demo.py  in the cluster of your own kube context

Exits 0 only if every job ended as expected and the catalogue holds exactly the
expected products; otherwise it says what differs. It can be run again at any time.
"""

import argparse
import os
import sys
from pathlib import Path

# Python leaves the script's folder out of the path under PYTHONSAFEPATH.
sys.path.insert(0, str(Path(__file__).parent))

from demo_run.backend import Backend, DemoError
from demo_run.run import run_demo
from make_catalogue import PRODUCTS, SEED

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE = "pim"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--local", action="store_true", help="run the jobs here, not in a cluster")
    parser.add_argument("--data", type=Path, help="with --local: the files volume")
    parser.add_argument("--products", type=int, default=PRODUCTS, help="good products to import")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


def _backend(options: argparse.Namespace) -> tuple[Backend, Path]:
    """Return where the jobs run, and the folder in which the catalogue is made."""
    # The client of a cluster takes a second to import, and --local needs none.
    if options.local:
        from demo_run.local_backend import LocalBackend  # noqa: PLC0415 - see above

        data = (options.data or ROOT / ".cluster" / "local-demo").absolute()
        data.mkdir(parents=True, exist_ok=True)
        return LocalBackend(data), data / "in"
    from demo_run.claim_files import ClaimFiles  # noqa: PLC0415 - see above
    from demo_run.cluster_backend import ClusterBackend  # noqa: PLC0415 - see above
    from demo_run.files import SharedFolder  # noqa: PLC0415 - see above

    manifests = ROOT / ".cluster" / "demo"
    if os.environ.get("CLUSTER") == "current":
        files = ClaimFiles(NAMESPACE, manifests, _runner_image())
        return ClusterBackend(None, NAMESPACE, files), manifests / "catalogue"
    data = ROOT / ".cluster" / "data"
    kubeconfig = ROOT / ".cluster" / "kubeconfig"
    backend = ClusterBackend(kubeconfig, NAMESPACE, SharedFolder(data, manifests))
    return backend, data / "in"


def _runner_image() -> str:
    """Return an image that the cluster can pull; it has a shell and tar."""
    image = os.environ.get("RUNNER_IMAGE")
    if not image:
        raise DemoError(
            "RUNNER_IMAGE is not set: with CLUSTER=current the files travel through a pod of that"
            " image, the same that make install uses."
        )
    return image


def main() -> int:
    """Run the demo; 0 if all is as expected, 1 if not, 2 if it could not be run."""
    options = _options()
    try:
        backend, folder = _backend(options)
        try:
            return run_demo(backend, folder, options.products, options.seed)
        finally:
            backend.close()
    except DemoError as error:
        print(f"\nThe demo cannot go on: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. Jobs that were applied go on; the next run takes care of them.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
