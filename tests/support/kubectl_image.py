"""An image with kubectl as its entry point, as registry.k8s.io/kubectl is one."""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "dev" / "cluster"))

import base_image
import binaries
import builder
from layout import layout

import images

_RECIPE = """\
ARG BASE
FROM ${BASE}
COPY kubectl /usr/local/bin/kubectl
ENTRYPOINT ["kubectl"]
"""


def load() -> str:
    """Build it from the cluster's own kubectl and load it into the cluster; return its name."""
    where, tool = layout(), builder.choose()
    program = binaries.build(where) / "kubectl"
    name = f"localhost/pimjobs/kubectl:{program.parent.name}"
    if not tool.has_image(name):
        with tempfile.TemporaryDirectory() as folder:
            recipe = Path(folder) / "Dockerfile"
            recipe.write_text(_RECIPE, encoding="utf-8")
            shutil.copy(program, folder)
            base = base_image.make(base_image.PYTHON, tool, where)
            tool.build(builder.Recipe(name, recipe, Path(folder), arguments={"BASE": base}))
    images.load(name, tool, where)
    return name
