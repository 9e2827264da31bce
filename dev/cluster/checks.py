"""What the chart is checked with: kubeconform, and the kinds of the Prometheus Operator."""

import os
import subprocess
import tempfile
from pathlib import Path

from binaries import SOURCES, Module, alone, built
from console import CannotGoOnError, part
from layout import Layout
from prerequisites import go

_STATIC = (("CGO_ENABLED", "0"),)
_KUBECONFORM = Module(
    "kubeconform",
    "kubeconform",
    ("github.com/yannh/kubeconform/cmd/kubeconform",),
    environment=_STATIC,
)
_GENERATOR = Module(
    "prometheus-operator",
    "controller-gen",
    ("sigs.k8s.io/controller-tools/cmd/controller-gen",),
    environment=_STATIC,
)
_KINDS = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"


def kubeconform(layout: Layout) -> Path:
    """Return the program, building it if need be."""
    return built(layout, (_KUBECONFORM,)) / "kubeconform"


def monitoring_crds(layout: Layout) -> Path:
    """Return a folder with the CRDs of the Prometheus Operator, made from its Go types."""
    programs = built(layout, (_GENERATOR,))
    folder = programs / "crds"
    if folder.exists():
        return folder
    with alone(programs):
        if not folder.exists():
            with part("Generating the CRDs of the Prometheus Operator"):
                _generate(go(layout), programs, folder)
    return folder


def _generate(compiler: str, programs: Path, folder: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(dir=programs, prefix=".building-"))
    command = [programs / "controller-gen", "crd", f"paths={_KINDS}", f"output:dir={unfinished}"]
    done = subprocess.run(
        command,
        cwd=SOURCES / _GENERATOR.folder,
        # It asks Go where the types are.
        env=os.environ | {"PATH": f"{Path(compiler).parent}:{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CannotGoOnError(f"controller-gen failed:\n{done.stderr[-4000:]}")
    unfinished.rename(folder)
