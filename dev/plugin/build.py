"""`make plugin`: the plugin as one file that any Python 3.11 runs, and a manifest for krew.

dist/kubectl-pimjob                 to be put on a PATH
dist/kubectl-pimjob.tar.gz          the same with its licence, as krew wants it
dist/pimjob.yaml                    krew's manifest; --url says where the archive will be

The same sources make the same bytes: times in the archives are fixed.
"""

import argparse
import ast
import gzip
import hashlib
import io
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {"pimjob_cli": ROOT / "kubectl_plugin", "pimjob_api": ROOT / "crds"}
SHEBANG = b"#!/usr/bin/env python3\n"
MAIN = """\
import sys

if sys.version_info < (3, 11):
    sys.exit("kubectl-pimjob needs Python 3.11 or newer; this is %d.%d" % sys.version_info[:2])

from pimjob_cli.main import main

sys.exit(main())
"""
URL = "https://example.com/pimjobs/v{version}/kubectl-pimjob.tar.gz"
_OLDEST = (1980, 1, 1, 0, 0, 0)


def modules() -> Iterator[tuple[str, bytes]]:
    """Yield the plugin's files, and those of the contract that it imports."""
    todo = sorted((SOURCES["pimjob_cli"] / "pimjob_cli").rglob("*.py"))
    done: set[Path] = set()
    while todo:
        file = todo.pop(0)
        if file in done:
            continue
        done.add(file)
        text = file.read_bytes()
        root = SOURCES[next(name for name in SOURCES if name in file.parts)]
        yield str(file.relative_to(root)), text
        todo += contract(text)


def contract(text: bytes) -> list[Path]:
    """Return the files of the contract that a file imports."""
    package = SOURCES["pimjob_api"] / "pimjob_api"
    names = [
        node.module.split(".")[1]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pimjob_api.")
    ]
    return [package / "__init__.py", *(package / f"{name}.py" for name in names)] if names else []


def program(version: str) -> bytes:
    """Return the file that runs."""
    metadata = f"Metadata-Version: 2.1\nName: pimjobs\nVersion: {version}\n".encode()
    files = {
        **dict(modules()),
        "__main__.py": MAIN.encode(),
        f"pimjobs-{version}.dist-info/METADATA": metadata,
    }
    buffer = io.BytesIO(SHEBANG)
    buffer.seek(len(SHEBANG))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def tarball(files: dict[str, bytes]) -> bytes:
    """Return an archive of files that can be executed."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def manifest(version: str, url: str, digest: str) -> str:
    """Return what krew has to know."""
    template = (ROOT / "dev" / "plugin" / "krew.yaml").read_text(encoding="utf-8")
    values = {"VERSION": f"v{version}", "URL": url.format(version=version), "SHA256": digest}
    for name, value in values.items():
        template = template.replace(f"${{{name}}}", value)
    return template


def main() -> int:
    """Build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--url", default=URL, help="where krew finds the archive")
    options = parser.parse_args()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    content = program(version)
    packed = tarball({"kubectl-pimjob": content, "LICENSE": (ROOT / "LICENSE").read_bytes()})
    digest = hashlib.sha256(packed).hexdigest()
    options.output.mkdir(parents=True, exist_ok=True)
    target = options.output / "kubectl-pimjob"
    target.write_bytes(content)
    target.chmod(0o755)
    (options.output / "kubectl-pimjob.tar.gz").write_bytes(packed)
    (options.output / "pimjob.yaml").write_text(manifest(version, options.url, digest))
    print(f"  {target} ({len(content) / 1024:.0f} KiB), and krew's archive and manifest beside it")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
